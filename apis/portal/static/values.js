// The newest value of every series on the page: writes it where it is shown, and says how old it is.

import { ago, micros, noteOf, words, write } from "./words.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const FLASH = [{ backgroundColor: "var(--flash)" }, { backgroundColor: "transparent" }];
const FLASH_MS = 900;

function place(...parts) {
  return parts.join(" ");
}

function collect(selector, key) {
  const found = new Map();
  for (const element of document.querySelectorAll(selector)) {
    const name = key(element.dataset);
    found.set(name, [...(found.get(name) ?? []), element]);
  }
  return found;
}

export class Values {
  constructor() {
    this.series = new Map();
    this.ofSite = new Map();
    this.flashed = new WeakMap();
    for (const element of document.querySelectorAll("[data-live]")) this.add(element);
    this.ages = collect("[data-age]", (data) => place(data.dataset, data.site ?? ""));
    this.silences = collect("[data-stale]", (data) => data.stale);
    /** How much the server's clock is ahead of this one, in milliseconds. */
    this.ahead = 0;
  }

  add(element) {
    const data = element.dataset;
    const entry = {
      element,
      note: element.closest(".value, .tile, td")?.querySelector("[data-note]"),
      property: data.property,
      observed: Number(data.observed) || 0,
      rhythm: Number(data.rhythm) * 1e6,
      decimals: data.decimals === undefined ? undefined : Number(data.decimals),
      value: undefined,
    };
    this.series.set(place(data.dataset, data.site, data.property, data.sensor), entry);
    const site = place(data.dataset, data.site);
    this.ofSite.set(site, [...(this.ofSite.get(site) ?? []), entry]);
  }

  get now() {
    return (Date.now() + this.ahead) * 1000;
  }

  /** Takes an observation; false where an older one never replaces a newer one, or where it is not shown. */
  take(observation) {
    const entry = this.series.get(place(observation.dataset, observation.site, observation.property, observation.sensor));
    const observed = micros(observation.observedAt);
    if (entry === undefined || observed < entry.observed) return false;
    const text = write(observation.value, entry.decimals);
    const changed = entry.element.textContent !== text;
    entry.observed = observed;
    entry.value = observation.value;
    entry.element.dataset.observed = observed;
    entry.element.dataset.updated = micros(observation.publishedAt);
    if (changed) this.show(entry.element, text);
    entry.element.classList.remove("old");
    if (entry.note) entry.note.textContent = noteOf(observation);
    this.touch(place(observation.dataset, ""), observation.observedAt);
    this.touch(place(observation.dataset, observation.site), observation.observedAt);
    return true;
  }

  show(element, text) {
    element.textContent = text;
    const now = performance.now();
    if (still.matches || now - (this.flashed.get(element) ?? -FLASH_MS) < FLASH_MS) return;
    this.flashed.set(element, now);
    element.animate(FLASH, FLASH_MS);
  }

  touch(key, instant) {
    for (const element of this.ages.get(key) ?? []) {
      if (!element.dateTime || Date.parse(instant) > Date.parse(element.dateTime)) {
        element.dateTime = element.title = instant;
        this.age(element);
      }
    }
  }

  age(element) {
    const text = element.dateTime ? ago(this.now / 1000 - Date.parse(element.dateTime)) : words.never;
    if (element.textContent !== text) element.textContent = text;
  }

  /** A dataset has no news by its own rhythm, or has some again. */
  silence(dataset) {
    for (const element of this.silences.get(dataset) ?? []) element.hidden = false;
  }

  hear(dataset) {
    for (const element of this.silences.get(dataset) ?? []) element.hidden = true;
  }

  isOld(entry) {
    return entry.observed > 0 && this.now > entry.observed + entry.rhythm;
  }

  /** Once a second: ages grow, and what is overdue shows it. */
  tick() {
    for (const elements of this.ages.values()) elements.forEach((element) => this.age(element));
    for (const entry of this.series.values()) entry.element.classList.toggle("old", this.isOld(entry));
  }
}
