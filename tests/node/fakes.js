/** A clock that tests drive, and sockets that have no other end. */

export class Clock {
  time = 0;
  timers = [];

  now = () => this.time;
  call = (action, milliseconds) => {
    const timer = { at: this.time + milliseconds, action };
    this.timers.push(timer);
    return timer;
  };
  cancel = (timer) => {
    this.timers = this.timers.filter((one) => one !== timer);
  };

  /** On by so many milliseconds: whatever comes due runs, and so does what that sets off. */
  async go(milliseconds) {
    const end = this.time + milliseconds;
    await settled();
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (!next) break;
      this.cancel(next);
      this.time = next.at;
      next.action();
      await settled();
    }
    this.time = end;
  }
}

export class FakeSocket {
  sent = [];
  closedWith = null;

  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code) {
    this.closedWith = code;
    this.onclose({ code });
  }
  says(frame) {
    this.onmessage({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
}

/** Until every promise that can has been kept. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}
