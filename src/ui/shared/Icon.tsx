/** Small line icons drawn in the colour of the text. Decoration only: the words beside them carry the meaning. */

const paths = {
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4 4l8 8M12 4l-8 8',
  play: 'M5 3.5v9l7-4.5z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  stop: 'M4 4h8v8H4z',
  lock: 'M4.5 7.5h7v5h-7zM6 7.5V5.5a2 2 0 0 1 4 0v2',
  warning: 'M8 2.5l6 11H2zM8 6.5v3M8 11.4v.2',
  reset: 'M3.5 8a4.5 4.5 0 1 0 1.5-3.4M3.5 2.5v3h3',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  edit: 'M3 13l.6-2.8 7-7 2.2 2.2-7 7zM9.2 4.6l2.2 2.2',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  download: 'M8 2.5v7.5M4.5 7L8 10.5 11.5 7M3 13.5h10',
  enlarge: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5l-4.5 4.5M2.5 13.5l4.5-4.5',
  circle: 'M8 3a5 5 0 1 0 0 10A5 5 0 1 0 8 3z',
  still: 'M5.5 2h4M6.5 2v3.2L3.6 10a2.6 2.6 0 0 0 2.2 4h3.4a2.6 2.6 0 0 0 2.2-4L8.5 5.2V2M9.6 5.6l3.4-1.4v5.3M5 10h5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      className={`icon-svg icon-${name}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
