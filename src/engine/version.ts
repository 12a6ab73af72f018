/** The version of this software, as package.json says; the build puts it in. */
declare const __VERSION__: string;

export const version = __VERSION__;
