/** Every WGSL file under its path relative to this folder; the one bundler-specific line of the engine. */
const files: Record<string, string> = import.meta.glob('./**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export const shaderSources: ReadonlyMap<string, string> = new Map(
  Object.entries(files).map(([path, source]) => [path.slice('./'.length), source]),
);
