/** Why the signal of a call aborts; shared, because creating an error for each request costs more than routing it. */
export const CALL_OVER = new Error('the request is over');

/** The end of a call. Most calls wait for nothing that has to be ended, so the controller is created when it is first used. */
export class CallEnd {
  private created: AbortController | undefined;
  private reached = false;

  get controller(): AbortController {
    if (this.created === undefined) {
      this.created = new AbortController();
      if (this.reached) this.created.abort(CALL_OVER);
    }
    return this.created;
  }

  /** Once or several times. */
  reach(): void {
    this.reached = true;
    this.created?.abort(CALL_OVER);
  }
}
