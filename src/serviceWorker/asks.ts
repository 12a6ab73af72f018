/**
 * What the page asks of its service worker, each answered with yes or no through the port that comes with the message.
 * `rest`: fetch what is large; is all of it kept now? `takeOver`: replace the version before; does it?
 */
export type Ask = 'rest' | 'takeOver';
