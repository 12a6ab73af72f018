/** A chart that cannot be drawn must not take the page with it: a training may be running. */
import { Component, type ReactNode } from 'react';
import { type WithTranslation, withTranslation } from 'react-i18next';

interface Props extends WithTranslation {
  readonly children?: ReactNode;
}

class Caught extends Component<Props, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <p className="empty">{this.props.t('chart.broken')}</p> : this.props.children;
  }
}

export const Boundary = withTranslation()(Caught);
