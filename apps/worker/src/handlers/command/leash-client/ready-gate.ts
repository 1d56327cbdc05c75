interface Waiter {
  pass(): void;
  refuse(error: Error): void;
}

/** Lets callers wait until something is ready, again and again, and never for ever. */
export class ReadyGate {
  readonly #waiters = new Set<Waiter>();
  #isOpen = false;
  #closedWith: Error | null = null;

  open(): void {
    this.#isOpen = true;
    for (const waiter of this.#waiters) waiter.pass();
  }

  shut(): void {
    this.#isOpen = false;
  }

  /** Nobody passes any more; those who wait get `error`. */
  close(error: Error): void {
    this.#closedWith = error;
    for (const waiter of this.#waiters) waiter.refuse(error);
  }

  /** Resolves when the gate is open; throws what `late` makes when it is not within `limitMs`. */
  async pass(limitMs: number, late: () => Error): Promise<void> {
    if (this.#closedWith !== null) throw this.#closedWith;
    if (this.#isOpen) return;
    let waiter: Waiter | null = null;
    let timer: NodeJS.Timeout | null = null;
    try {
      await new Promise<void>((resolve, reject) => {
        waiter = { pass: resolve, refuse: reject };
        this.#waiters.add(waiter);
        timer = setTimeout(() => reject(late()), limitMs);
      });
    } finally {
      if (waiter !== null) this.#waiters.delete(waiter);
      if (timer !== null) clearTimeout(timer);
    }
  }
}
