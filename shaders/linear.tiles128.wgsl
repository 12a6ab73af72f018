// Variant of `linear` for graphics cards, lib/tiles: 128 invocations make 128 rows by 128 columns, each 8 by 16.

requires unrestricted_pointer_parameters;

const ACROSS = 8u;
const DOWN = 16u;
const STRIPS = 4u;
// There is no more workgroup memory than that everywhere.
const SPARE = 0u;

#import lib/tilesForward
#import lib/tilesBackward
