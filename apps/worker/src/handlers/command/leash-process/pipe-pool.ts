import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/** Created together, because starting mkfifo costs as much as starting a command. */
const BATCH = 64;
const MKFIFO_PATH = '/usr/bin:/bin';
/** Also for a command that runs as another user. Its path is not accessible, as the folder is closed to others. */
const MODE = '666';
const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = constants;

/** One output of a command. */
export interface OutputPipe {
  readonly ours: Socket;
  /** Descriptor for the command, to be closed here once the command has been started. */
  readonly theirs: number;
}

/**
 * Standard input and output for commands, as pipes and files. The sockets that Node gives its children cannot be opened by
 * name: `echo problem > /dev/stderr` and `jq . /dev/stdin` would fail.
 */
export class PipePool {
  private free: string[] = [];
  private created = 0;

  /** `folder`: created here, inside one that only this user can enter. */
  constructor(private readonly folder: string) {}

  /**
   * A descriptor for reading `content`, of a file without a name. With a named pipe a program that opens its standard input
   * by name after all is written would wait for ever. Throws the system's error.
   */
  input(content: Buffer): number {
    mkdirSync(this.folder, { recursive: true });
    const path = join(this.folder, `input-${(this.created += 1)}`);
    writeFileSync(path, content);
    try {
      return openSync(path, O_RDONLY);
    } finally {
      unlinkSync(path);
    }
  }

  /** A pipe for the output of a command. Throws the system's error, e.g. when there are no more descriptors. */
  output(): OutputPipe {
    const path = this.free.pop() ?? this.createBatch();
    const opened: number[] = [];
    const open = (flags: number): number => {
      const fd = openSync(path, flags);
      opened.push(fd);
      return fd;
    };
    try {
      // Opened for both directions first: otherwise each end would wait for the other one. Only our end must not block.
      const both = open(O_RDWR | O_NONBLOCK);
      const theirs = open(O_WRONLY);
      const ours = open(O_RDONLY | O_NONBLOCK);
      closeSync(both);
      return { ours: new Socket({ fd: ours, readable: true, writable: false }), theirs };
    } catch (error) {
      for (const fd of opened) closeSync(fd);
      throw error;
    } finally {
      unlinkSync(path); // from here on it is accessible by its descriptors only
    }
  }

  /** Fills the pool, and returns one path of it. */
  private createBatch(): string {
    mkdirSync(this.folder, { recursive: true });
    const paths = Array.from({ length: BATCH }, () => join(this.folder, `output-${(this.created += 1)}`));
    const { status, error, stderr } = spawnSync('mkfifo', ['-m', MODE, ...paths], {
      env: { PATH: MKFIFO_PATH },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`Pipes could not be created: ${error?.message ?? stderr}`);
    this.free = paths.slice(1);
    return paths[0] as string;
  }
}
