// The connection: follows a stream of server-sent events and says how it is.

const LONGEST_PAUSE = 30000;

export class Stream {
  /** `status` is the element that says how the connection is; `handlers` has a function for each event. */
  constructor(status, handlers) {
    this.status = status;
    this.handlers = handlers;
    this.pause = 1000;
    window.addEventListener("offline", () => this.say("lost"));
    window.addEventListener("online", () => this.open());
    this.say("connecting");
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.source?.close();
    const source = (this.source = new EventSource(this.status.dataset.events));
    for (const [name, handle] of Object.entries(this.handlers)) {
      source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
    source.addEventListener("open", () => {
      this.pause = 1000;
      this.say("live");
    });
    source.addEventListener("error", () => {
      this.say("lost");
      // The browser itself comes back after a loss, but not after a refusal, as of a server that is full.
      if (source.readyState === EventSource.CLOSED) this.retry();
    });
  }

  retry() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
  }

  say(state) {
    if (this.status.dataset.state === state && this.said) return;
    this.said = true;
    this.status.dataset.state = state;
    this.status.textContent = this.status.getAttribute(`data-say-${state}`);
  }
}
