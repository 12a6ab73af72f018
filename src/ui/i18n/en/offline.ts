/** The page without a network, and newer versions of it, in English. */
export const offline = {
  'offline.unsupported': 'This browser does not keep the page itself: opening it needs a network.',
  'offline.keeping': 'The page itself is being kept here, to be opened without a network.',
  'offline.page':
    'The page opens without a network. ONNX Runtime, the second engine, has not all come yet: it alone still needs one.',
  'offline.all': 'The page opens and works without a network.',
  'offline.failed': 'The page itself could not be kept here: opening it needs a network. The next visit tries again.',
  'newer.waiting':
    'A newer version of this page is there. It is used at your next visit, when every tab of this one is closed.',
  'newer.otherTabs':
    'Other tabs still show this version and would lose parts of it. Close them, then load the newer version here.',
  'newer.reload': 'Load it now',
} as const;
