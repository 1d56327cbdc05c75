interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** Lets callers wait for a bounded time until something is ready. It can open and shut repeatedly. */
export class ReadyGate {
  private readonly waiters = new Set<Waiter>();
  private isOpen = false;
  private closedWith: Error | null = null;

  open(): void {
    this.isOpen = true;
    for (const waiter of this.waiters) waiter.resolve();
  }

  shut(): void {
    this.isOpen = false;
  }

  /** For good: present and later calls of `pass` throw `error`. */
  close(error: Error): void {
    this.closedWith = error;
    for (const waiter of this.waiters) waiter.reject(error);
  }

  /** Resolves when the gate is open; throws the error of `late` when it is still shut after `limitMs`. */
  async pass(limitMs: number, late: () => Error): Promise<void> {
    if (this.closedWith !== null) throw this.closedWith;
    if (this.isOpen) return;
    let waiter: Waiter | null = null;
    let timer: NodeJS.Timeout | null = null;
    try {
      await new Promise<void>((resolve, reject) => {
        waiter = { resolve, reject };
        this.waiters.add(waiter);
        timer = setTimeout(() => reject(late()), limitMs);
      });
    } finally {
      if (waiter !== null) this.waiters.delete(waiter);
      if (timer !== null) clearTimeout(timer);
    }
  }
}
