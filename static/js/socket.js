// @ts-check
/* The websocket: subscribes, reconnects by itself, and says when something was missed. */

const SESSION_OVER = 4401;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;

/** @typedef {{ topic: string, key: string, at: string, previous_at: string | null, body: any }} Message */
/** @typedef {"on" | "reconnecting"} State */
/**
 * @typedef {object} Listener
 * @property {(message: Message) => void} onMessage
 * @property {() => void} onMissed something may have been missed: read it over HTTP
 * @property {(state: State) => void} onState
 */

export class Socket {
  /**
   * @param {string[]} topics
   * @param {Listener} listener
   * @param {number} knownAt milliseconds: the sample that the page already shows
   */
  constructor(topics, listener, knownAt) {
    this.topics = topics;
    this.listener = listener;
    this.waitMs = FIRST_WAIT_MS;
    this.wasOpen = false;
    this.isSilent = false; // the server does not hear from its own source of messages
    /** By clock, milliseconds. @type {Map<string, number>} */
    this.heardAt = new Map([[clockOf(topics[0] ?? ""), knownAt]]);
    this.open();
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/live`);
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (event) => this.received(JSON.parse(event.data));
    socket.onclose = (event) => this.closed(event.code);
  }

  /** @param {WebSocket} socket */
  opened(socket) {
    this.waitMs = FIRST_WAIT_MS;
    this.isSilent = false;
    if (this.topics.length) socket.send(JSON.stringify({ subscribe: this.topics }));
    else this.subscribed();
  }

  /** From here on nothing is missed; what came before may have been. */
  subscribed() {
    if (!this.isSilent) this.listener.onState("on");
    if (this.wasOpen) this.listener.onMissed();
    this.wasOpen = true;
  }

  /** @param {any} received */
  received(received) {
    if (received.live) {
      this.isSilent = received.live !== "on";
      this.listener.onState(received.live);
      if (!this.isSilent) this.listener.onMissed();
    } else if (received.subscribed) {
      this.subscribed();
    } else if (received.error) {
      console.warn("live:", received.error, received.topic ?? "");
    } else {
      this.heard(received);
    }
  }

  /** @param {Message} message */
  heard(message) {
    const clock = clockOf(message.topic);
    const known = this.heardAt.get(clock) ?? 0;
    const before = message.previous_at ? Date.parse(message.previous_at) : 0;
    const isHole = known > 0 && before > known;
    this.heardAt.set(clock, Math.max(known, Date.parse(message.at)));
    this.listener.onMessage(message);
    if (isHole) this.listener.onMissed();
  }

  /** @param {number} code */
  closed(code) {
    this.listener.onState("reconnecting");
    if (code === SESSION_OVER || !this.wasOpen) this.listener.onMissed();
    if (code === SESSION_OVER) return;
    setTimeout(() => this.open(), this.waitMs * (0.5 + Math.random()));
    this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
  }
}

/**
 * Which messages follow one another. A tick is silent of what did not change in it, so a cluster
 * and its groups have one clock: a page that also hears `overview` knows of every tick.
 * @param {string} topic
 */
function clockOf(topic) {
  return /^(overview|group)\./.test(topic) ? "cluster" : topic;
}
