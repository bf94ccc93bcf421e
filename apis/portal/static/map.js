// Moves the map: by pointer, by wheel, by fingers, by keyboard, by its buttons.

const WIDTH = 1000;
const HEIGHT = 470;
const DEEPEST = 400;
const STEP = 60;
const SPREAD_UNTIL = 8;

export class SiteMap {
  /** `describe` gives the lines to say of a mark. */
  constructor(element, describe) {
    this.element = element;
    this.describe = describe;
    this.svg = element.querySelector("svg");
    this.land = element.querySelector(".land");
    this.tip = element.querySelector(".tip");
    const [k, x, y] = element.dataset.view.split(" ").map(Number);
    this.home = { k, x, y };
    this.view = { k, x, y };
    this.placed = [...element.querySelectorAll("[data-at]")].map((node) => {
      const [x, y, dx = 0, dy = 0] = node.dataset.at.split(" ").map(Number);
      return { node, x, y, dx, dy };
    });
    this.pointers = new Map();
    element.querySelector(".zoom").hidden = false;
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  listen() {
    const { element } = this;
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) element.addEventListener(name, (event) => this.up(event));
    // The end of a drag is no click on the mark below it.
    element.addEventListener("click", (event) => this.dragged && event.preventDefault(), true);
    for (const button of element.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.press(button.dataset.zoom));
    }
    element.addEventListener("pointerover", (event) => this.hover(event.target.closest(".mark")));
    element.addEventListener("dragstart", (event) => event.preventDefault());
    element.addEventListener("pointerout", () => this.hover(null));
  }

  /** While it shows what it began with, a finger that moves up or down scrolls the page. */
  get isMoved() {
    return this.view.k > this.home.k * 1.05;
  }

  press(name) {
    if (name === "all") this.show(this.home.k === 1 || this.view.k !== this.home.k ? this.home : { k: 1, x: 0, y: 0 });
    else this.zoom(name === "in" ? 1.6 : 1 / 1.6);
  }

  key(event) {
    const moves = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
    const presses = { "+": "in", "=": "in", "-": "out", 0: "all" };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) this.shift(...moves[event.key]);
    else if (event.key in presses) this.press(presses[event.key]);
    else return;
    event.preventDefault();
  }

  wheel(event) {
    // Without a key the page scrolls, as everywhere; a pinch on a touchpad comes with one.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 200), this.at(event));
  }

  down(event) {
    this.pointers.set(event.pointerId, this.at(event));
    if (this.pointers.size === 1) this.dragged = false;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) return;
    const after = this.at(event);
    if (this.pointers.size === 1) {
      if (Math.hypot(after.x - before.x, after.y - before.y) < 4 && !this.dragged) return;
      this.dragged = true;
      if (event.pointerType === "mouse" || this.isMoved) this.shift(after.x - before.x, after.y - before.y);
    } else this.pinch(event.pointerId, before, after);
    this.pointers.set(event.pointerId, after);
  }

  pinch(id, before, after) {
    const [, other] = [...this.pointers].find(([name]) => name !== id);
    this.dragged = true;
    const ratio = Math.hypot(after.x - other.x, after.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
    this.zoom(ratio, { x: (after.x + other.x) / 2, y: (after.y + other.y) / 2 });
    this.shift((after.x - before.x) / 2, (after.y - before.y) / 2);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
  }

  /** Where an event is, in units of the drawing. */
  at(event) {
    const box = this.svg.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * WIDTH, y: ((event.clientY - box.top) / box.height) * HEIGHT };
  }

  shift(dx, dy) {
    this.show({ ...this.view, x: this.view.x + dx, y: this.view.y + dy });
  }

  zoom(ratio, centre = { x: WIDTH / 2, y: HEIGHT / 2 }) {
    const k = Math.min(Math.max(this.view.k * ratio, 0.6), DEEPEST);
    const factor = k / this.view.k;
    this.show({ k, x: centre.x - factor * (centre.x - this.view.x), y: centre.y - factor * (centre.y - this.view.y) });
  }

  show(view) {
    this.view = view;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    const { k, x, y } = this.view;
    // Marks and names keep their size on the screen; on a phone they shrink a little.
    const units = WIDTH / Math.max(1, this.svg.clientWidth);
    const size = Math.min(Math.max(units, 0.7), 1.4);
    const spread = Math.max(0, 1 - (k - 1) / (SPREAD_UNTIL - 1));
    this.land.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
    this.element.classList.toggle("near", k / units > 1.2);
    this.element.classList.toggle("moved", this.isMoved);
    for (const { node, x: ownX, y: ownY, dx, dy } of this.placed) {
      const isName = node.tagName === "text";
      // A name keeps its distance from its marks at any magnification.
      const apart = isName ? size : spread * size;
      const scale = isName ? units : size;
      node.setAttribute("transform", `translate(${k * ownX + x + apart * dx} ${k * ownY + y + apart * dy}) scale(${scale})`);
    }
  }

  hover(mark) {
    this.tip.hidden = mark === null;
    if (mark === null) return;
    const lines = [mark.dataset.name, ...this.describe(mark), mark.dataset.origin].map((line, number) => {
      const node = document.createElement(number ? "span" : "strong");
      node.textContent = line;
      return node;
    });
    this.tip.replaceChildren(...lines);
    const [own, box] = [this.element.getBoundingClientRect(), mark.getBoundingClientRect()];
    const left = Math.min(Math.max(box.left - own.left + box.width / 2, 90), own.width - 90);
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${box.top - own.top - 8}px`;
  }
}
