// Texts made comparable: what a reader takes for the same is the same string.

/** NFKC, case and white space folded. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ς', 'σ') // which of the two `toLowerCase` gives depends on what follows
    .replaceAll(/\s+/g, ' ');
}

/** What is left of a folded text without white space, quotes, backslashes, accents and what is not seen, look-alikes made one. */
export function bones(folded: string): string {
  return folded.replaceAll(BEYOND_ASCII, bonesOf).replaceAll(DROPPED, '');
}

/** The same, and for each of its characters where in the folded text it stood. */
export function skeleton(folded: string): { text: string; places: number[] } {
  const places: number[] = [];
  const parts: string[] = [];
  let at = 0;
  for (const character of folded) {
    const left = bones(character);
    for (let unit = 0; unit < left.length; unit++) places.push(at);
    parts.push(left);
    at += character.length;
  }
  return { text: parts.join(''), places };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all that is not ASCII
const BEYOND_ASCII = /[^\u0000-\u007f]/gu;
const DROPPED = /[\s'"`\\]+/g;
const UNSEEN = /[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}\s‘’‚‛“”„‟′″‹›«»]/gu;

function bonesOf(character: string): string {
  const known = LOOK_ALIKES.get(character);
  if (known !== undefined) return known;
  return Array.from(character.normalize('NFD').replaceAll(UNSEEN, ''), (one) => LOOK_ALIKES.get(one) ?? one).join('');
}

/** Small letters of other scripts, and signs, each before the character of ASCII that is drawn like it. */
const PAIRS = [
  'аaвbсcԁdеeґrгrһhіiјjкkӏlмmнhпnоoрpԛqѕsтtуyѵvԝwхxαaβbϲcεeιiκk',
  'νvοoρpσoτtυuχxγyωwηnμuıiɡgɑaօoոnսuհhցgքpʟlᴄcᴏoᴜuᴠvᴡwᴢzꜱsʀrɪi',
  'øołlđdħhŧt–-—-‐-‑-−-⁄/∕/⧸/∣|ǀ|⏐|∶:։:․.。.٫,∗*⁎*∼~˜~﹩$',
].join('');
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  Array.from(PAIRS.matchAll(/(.)(.)/gu), ([, drawn = '', like = '']) => [drawn, like]),
);
