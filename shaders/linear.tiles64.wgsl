// Variant of `linear` for graphics cards, lib/tiles: 64 invocations make 64 rows by 64 columns, each 8 by 8.

requires unrestricted_pointer_parameters;

const ACROSS = 8u;
const DOWN = 8u;
const STRIPS = 2u;
const SPARE = 1u;

#import lib/tilesForward
#import lib/tilesBackward
