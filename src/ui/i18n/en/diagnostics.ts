/** Diagnostics and kernels, in English. */
export const diagnostics = {
  'diagnostics.title': 'Diagnostics',
  'diagnostics.adapter': 'Adapter',
  'diagnostics.features': 'Features for kernels',
  'diagnostics.matrices': 'Units for matrices',
  'diagnostics.kernels': 'Matmul kernels',
  'diagnostics.kernelsHint':
    'Automatic takes the fastest for every shape, measured in two seconds when a model is loaded and remembered. Other kernels give the same result within rounding.',
  'diagnostics.kernelsSoftware':
    'On a software adapter nothing is measured by itself, because compiling the trials takes long; kernels that work in registers are taken.',
  'diagnostics.measure': 'Measure',
  'diagnostics.measuring': 'Measuring…',
  'diagnostics.times': 'Milliseconds of each kernel',
  'diagnostics.product': 'Product',
  'diagnostics.rows': 'Rows',
  'kernels.automatic': 'Automatic',
  'kernels.registers': 'Registers',
  'kernels.lanes': 'Lanes',
  'kernels.tiles64': 'Tiles of 64',
  'kernels.tiles128': 'Tiles of 128',
  'kernels.matrices': 'Units for matrices',
  'matrices.none': 'not offered',
  'matrices.offered': 'offered, off',
  'matrices.on': 'on',
  'matrices.wish': 'Units for matrices (experimental)',
  'matrices.reload': 'Takes effect when the page is loaded again.',
  'matrices.hint':
    'Products are computed on the card’s units for matrices of f16, each number as a sum of two f16: about as exact as f32. Turned off again when the graphics card is lost.',
} as const;
