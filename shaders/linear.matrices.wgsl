// Variant of `linear` for cards with units for matrices of f16, which sum in f32: x (dy) in two halves, so that a product
// costs two of the unit's and is as exact as one of f32 (lib/halves). A workgroup of four subgroups of 32 makes 64 rows by
// 128 columns, each subgroup 32 by 64, from stages of 32 terms. As in lib/tiles, `z` workgroups share the terms of a tile.
// Tiles of the same columns come one after the other, so that what they read of the weights is still in the caches.
// Formulas: linear.wgsl; shapes: lib/projection. Inputs must be a multiple of 8.

enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
requires subgroup_id;

#import lib/matricesForward
#import lib/matricesBackward
