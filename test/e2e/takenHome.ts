/** The distilled student written as ONNX at the last station, and what the second engine makes of it on every test row. */
import { expect } from '@playwright/test';
import type { OnnxForm, SecondRuntime } from '../../src/engine/studio';
import type { Studio } from './studio';

const NAME = 'student-distilled';

/** Into the browser's storage, in the forms given and in no other ONNX. */
export async function writeStudent(studio: Studio, forms: readonly OnnxForm[]): Promise<void> {
  await studio.click('station-takeHome');
  await studio.get(`export-artifact-${NAME}`).check();
  for (const form of ['fp32', 'fp16', 'q4'] as const)
    await studio.get(`export-form-onnx-${form}`).setChecked(forms.includes(form));
  await studio.get('export-where-browser').check();
  await studio.get('export-name').fill(NAME);
  await studio.get('check-after').uncheck();
  await studio.get('export').click();
  await expect(written(studio)).toBeVisible({ timeout: 120_000 });
  await written(studio).getByTestId('export-check').locator('summary').first().click();
}

const written = (studio: Studio) => studio.page.locator(`[data-testid=exported][data-name="${NAME}"]`);

/** `same`: "290 of 290"; `correct`: rows that each engine answers rightly. */
export interface Checked {
  readonly verdict: string | null;
  readonly same: string;
  readonly largest: number;
  readonly ours: number;
  readonly second: number;
}

/** All test rows, on WebAssembly. */
export async function checkStudent(studio: Studio, form: OnnxForm, runtime: SecondRuntime): Promise<Checked> {
  const panel = written(studio).getByTestId('check-panel');
  await panel.getByTestId('check-form').selectOption(form);
  await panel.getByTestId('check-runtime').selectOption(runtime);
  await panel.getByTestId('check-rows').selectOption('all');
  await panel.getByTestId('check-start').click();
  await expect(panel.getByTestId('check-progress')).toBeVisible();
  await expect(panel.getByTestId('check-progress')).toHaveCount(0, { timeout: 5 * 60_000 });
  const number = async (id: string, attribute: string) => Number(await panel.getByTestId(id).getAttribute(attribute));
  return {
    verdict: await panel.getByTestId('check-verdict').getAttribute('data-verdict'),
    same: await panel.getByTestId('check-same').innerText(),
    largest: await number('check-largest', 'data-largest'),
    ours: await number('check-ours', 'data-accuracy'),
    second: await number('check-second', 'data-accuracy'),
  };
}
