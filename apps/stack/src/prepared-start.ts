/** What `npm start` has checked and obtained in plain Node, before this app was built. */
export interface PreparedStart {
  settings: StackSettings;
  /** Program and first arguments of the private Redis; undefined: `settings.redisUrl` names a Redis that runs. */
  redisCommand: readonly string[] | undefined;
  /** The lock on the data folder; undefined where there is no private Redis. */
  dataLock: DataLock | undefined;
  /** Runs one step of the start and shows its title, duration and note. */
  step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
}

export interface StackSettings {
  host: string;
  apiPort: number;
  dashboardPort: number;
  /** Number of worker processes. */
  workers: number;
  /** Undefined: a private Redis. */
  redisUrl: string | undefined;
  /** Absolute path. */
  dataFolder: string;
}

export interface DataLock {
  /** Stores the process id of the guard, for which the next start waits after this one was killed. */
  setGuard(pid: number): void;
}
