/** A value in a script: in quotes, in quotes within quotes, or a bare word that is no variable and no command. */
const VALUE = String.raw`(?:"(?:[^"\\]|\\[^])*"|\\"(?:[^"\\]|\\[^"])*\\"|[^\s;"$\\()[\]{}]+)`;

/** Whatever cannot hold a secret is recognised by this alone. */
const MAY_HOLD = /pas|pwd|secret|token|key|:\/\/|\bu[a-z]*=/i;

/** `password=`, its abbreviations, and other arguments that are named after a secret. */
const ARGUMENT = new RegExp(String.raw`((?:\bpas[a-z-]*|[\w-]*(?:passw|secret|token|key)[\w-]*)=)` + VALUE, 'gi');

/** A variable that is named after a secret. */
const VARIABLE = new RegExp(
  String.raw`(\b(?:local|global|set)\s+(?:name=)?"?\w*(?:pass|pwd|secret|token|key)\w*"?\s+(?:value=)?)` + VALUE,
  'gi',
);

/** A user name, which without a password is an access token. */
const USERNAME = new RegExp(String.raw`(\bu(?:s|se|ser|sern|serna|sernam|sername)?=)` + VALUE, 'gi');

/** A password in a URL. */
const URL_PASSWORD = /(:\/\/[^\s"/@:]*:)[^\s"/@]+@/g;

/**
 * `text`, which may hold commands, with stars for what is given to an argument or a variable that is named after a
 * secret. What reaches a secret in another way, such as a variable of any other name, is not found.
 */
export function withoutSecrets(text: string): string {
  if (!MAY_HOLD.test(text)) return text;
  const masked = text.replace(ARGUMENT, '$1*****').replace(VARIABLE, '$1*****').replace(URL_PASSWORD, '$1*****@');
  return /\bpas[a-z]*=/i.test(text) ? masked : masked.replace(USERNAME, '$1*****');
}
