// How values, ages and instants are written in the language of the page.

export const language = document.documentElement.lang;
export const words = JSON.parse(document.querySelector("main").dataset.words);

const formats = new Map();

function numberFormat(decimals) {
  if (!formats.has(decimals)) {
    const digits = decimals === undefined ? { maximumFractionDigits: 12 } : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    formats.set(decimals, new Intl.NumberFormat(language, { useGrouping: false, ...digits }));
  }
  return formats.get(decimals);
}

export function write(value, decimals) {
  if (typeof value === "boolean") return value ? words.yes : words.no;
  return typeof value === "number" ? numberFormat(decimals).format(value) : value;
}

/** An instant (RFC 3339, UTC) in whole microseconds since 1970; a Date would lose the last three digits. */
export function micros(instant) {
  const fraction = /\.(\d+)Z$/.exec(instant)?.[1] ?? "";
  return Date.parse(instant.replace(/\.\d+/, "")) * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

const STEPS = [[86400, "d"], [3600, "h"], [60, "min"]];

export function ago(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [length, unit] = STEPS.find(([length]) => seconds >= length) ?? [1, "s"];
  return words.ago.replace("{age}", `${Math.floor(seconds / length)} ${unit}`);
}

/** What must be said beside a value: that it is suspect, or that not every part has reported. */
export function noteOf(observation) {
  const said = words[observation.quality] ?? "";
  if (!said || observation.known === undefined) return said;
  return `${said}: ${words.known.replace("{known}", observation.known).replace("{capacity}", observation.capacity)}`;
}
