/** A folder to the Hub, in English. */
export const push = {
  'push.title': 'Push to the Hub',
  'push.about':
    'A folder with its model card (README.md) goes to a model repository of your account, at the Hub or a mirror of it.',
  'push.written': 'Which written model',
  'push.choose': 'Choose a folder…',
  'push.chooseName': 'Choose the folder to push',
  'push.noFolder': 'No folder yet: save a result, or choose one.',
  'push.repository': 'Repository',
  'push.repositoryHint': 'Your name or that of an organisation, and the name of the model.',
  'push.name.form': 'It is two names with one slash between them: owner/name.',
  'push.name.characters': 'Only letters, digits, “-”, “_” and “.” can be in it.',
  'push.name.ends': 'Neither name can begin or end with “-” or “.”.',
  'push.name.doubled': '“--” and “..” cannot be in it.',
  'push.name.git': 'It cannot end with “.git”.',
  'push.name.long': 'It has more than 96 characters.',
  'push.private': 'Private',
  'push.privateHint': 'Only you, or the organisation, will see it. You can open it to everybody there later.',
  'push.publicHint': 'Everybody will see it and can download it, at once.',
  'push.message': 'Name of the commit',
  'push.messageHint': 'Stands in the history of the repository.',
  'push.defaultMessage': 'Made in Distillery',
  'push.token': 'Access token of the kind “Write”',
  'push.tokenHint':
    'You make one at {{page}}. It is sent to this server only, and forgotten when the page is closed unless you tick the box.',
  'push.keep': 'Keep the token in this browser',
  'push.keepHint':
    'In the local storage of this page, readable for whoever uses this browser, until you delete it. Kept when you push.',
  'push.forget': 'Delete the token that is kept',
  'push.what_one': '{{count}} file, {{size}}.',
  'push.what_other': '{{count}} files, {{size}}.',
  'push.own': 'Licence that README.md states:',
  'push.base': 'Made from {{name}}:',
  'push.baseUnknown': 'its licence is not known here',
  'push.noBase': 'README.md names no model that this one was made from.',
  'push.unknown':
    'What is not known here may still bind you: read the licence of the base model on its own page before you push.',
  'push.nonCommercial':
    '{{licence}} excludes commercial use. Whoever takes the model from the Hub is bound by that too, so the card carries it.',
  'push.confirm': 'I have read the licences, and may pass the model on under the one that README.md states.',
  'push.start.private': 'Push, private',
  'push.start.public': 'Push, for everybody',
  'push.needs': 'Still needed: {{what}}.',
  'push.need.folder': 'a folder that can be pushed',
  'push.need.repository': 'a repository',
  'push.need.token': 'a token',
  'push.need.confirm': 'your word about the licences',
  'push.exists.private': 'There is a private repository of this name already. Files of the same name are replaced:',
  'push.exists.public':
    'There is a public repository of this name already: everybody will see the files. Those of the same name are replaced:',
  'push.agree': 'Push into it',
  'push.progress': 'Push to the Hub',
  'push.state.asking': 'asking the server',
  'push.state.comparing': 'comparing with what is there',
  'push.state.hashing': 'computing checksums',
  'push.state.uploading': 'uploading',
  'push.state.committing': 'writing the commit',
  'push.state.waiting': 'the connection broke or the server asks for patience; trying again in a moment',
  'push.stop': 'Stop',
  'push.done.private_one': '{{count}} file is there, private; {{size}} went over the line:',
  'push.done.private_other': '{{count}} files are there, private; {{size}} went over the line:',
  'push.done.public_one': '{{count}} file is there, for everybody to see; {{size}} went over the line:',
  'push.done.public_other': '{{count}} files are there, for everybody to see; {{size}} went over the line:',
  'push.same_one': 'The repository was as the folder already ({{count}} file); {{size}} went over the line:',
  'push.same_other': 'The repository was as the folder already ({{count}} files); {{size}} went over the line:',

  'error.push-busy': 'A folder is already being pushed. Wait, or stop it.',
  'error.push-cancelled': 'The push was stopped. What has arrived is not sent again.',
  'error.push-name':
    '“{{name}}” cannot be the name of a repository. It is owner/name: letters, digits, “-”, “_” and “.”, 96 at most.',
  'error.push-no-token': 'A push takes an access token of {{endpoint}} of the kind “Write”. You make one at {{page}}.',
  'error.push-token-refused':
    '{{endpoint}} does not accept the token: it may be mistyped, expired or revoked. Make one of the kind “Write” at {{page}}.',
  'error.push-token-read':
    'This token of {{user}} only reads. A push takes one of the kind “Write”, or a fine-grained one that may write to your repositories: {{page}}.',
  'error.push-account': '{{endpoint}} does not say whose the token is. Is this the address of a Hub?',
  'error.push-owner': 'The token is of {{user}}, who cannot write to {{owner}}. Push to: {{owners}}.',
  'error.push-forbidden':
    'The token may not write to {{owner}} at {{endpoint}} ({{reason}}). It takes one of the kind “Write”, or a fine-grained one that may write to repositories of {{owner}}: {{page}}.',
  'error.push-exists': '{{name}} is there already. Agree to push into it, or choose another name.',
  'error.push-taken': 'The name {{name}} is taken at {{endpoint}}. Choose another.',
  'error.push-not-private':
    '{{endpoint}} made {{name}}, but not as a private repository. Nothing was sent: look at it there, or delete it.',
  'error.push-meanwhile':
    '{{name}} was changed by somebody else meanwhile. Push again: what has arrived is not sent again.',
  'error.push-too-large':
    '{{endpoint}} takes no request of this size (413: {{reason}}). Save the model in smaller files, then push again.',
  'error.push-too-many-requests':
    '{{endpoint}} asks for patience (429). Push again in some minutes: what has arrived is kept.',
  'error.push-server': '{{endpoint}} has trouble: it answered {{status}}. What has arrived is kept: push again later.',
  'error.push-store': 'The store of {{endpoint}} refused a file with {{status}} ({{reason}}). Push again.',
  'error.push-refused': '{{endpoint}} refused the push with {{status}}: {{reason}}.',
  'error.push-answer': '{{endpoint}} answered as a Hub does not, and the push cannot go on ({{reason}}).',
  'error.push-cut-off':
    'The connection to {{endpoint}} broke ({{reason}}). What has arrived is kept: push again when the network is back.',
  'error.push-file-unreadable':
    '{{path}} can no longer be read: it was changed, moved or deleted. Choose the folder again.',
  'error.push-folder-unreadable': 'The folder {{folder}} cannot be read ({{reason}}). Choose it again.',
  'error.push-too-many': 'The folder {{folder}} has more than {{most}} files. Choose the folder of the model alone.',
  'error.push-path': 'A file cannot be called “{{path}}” on a Hub. Rename it.',
  'error.push-no-card':
    'The folder has no README.md. A model goes to a Hub with a card that says what it is and its licence.',
  'error.push-no-licence':
    'README.md states no licence: write “license: …” between the two lines of dashes at its beginning.',
  'error.push-licence-lost':
    '{{base}} stands under {{needed}}, which excludes commercial use, but README.md states {{stated}}. What was made from it must carry its licence: change README.md.',
} as const;
