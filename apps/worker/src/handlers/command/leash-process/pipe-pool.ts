import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/** Made in one go: starting mkfifo costs as much as starting a command. */
const BATCH = 64;
const MKFIFO_PATH = '/usr/bin:/bin';
/** Also for a command that runs as another user; nobody gets at it by its path, as the folder is closed. */
const ANYBODY = '666';
const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = constants;

/** One output of a command. */
export interface OutputPipe {
  readonly ours: Socket;
  /** Descriptor to be handed to the command, and closed here once it has it. */
  readonly theirs: number;
}

/**
 * Standard input and output for commands. Node gives its children sockets, and those cannot be opened again by name:
 * `echo problem > /dev/stderr` and `jq . /dev/stdin` would fail.
 */
export class PipePool {
  #free: string[] = [];
  #made = 0;

  /** `folder`: made here, in one that only this user can enter. */
  constructor(private readonly folder: string) {}

  /**
   * A descriptor that reads `content` and then ends: of a file without a name. (A named pipe would not do: who opens
   * it by name after all is written waits for ever.) Throws the system's error.
   */
  input(content: Buffer): number {
    mkdirSync(this.folder, { recursive: true });
    const path = join(this.folder, `input-${(this.#made += 1)}`);
    writeFileSync(path, content);
    try {
      return openSync(path, O_RDONLY);
    } finally {
      unlinkSync(path);
    }
  }

  /** A pipe that the command writes to. Throws the system's error, e.g. when there are no more descriptors. */
  output(): OutputPipe {
    const path = this.#free.pop() ?? this.#makeBatch();
    const opened: number[] = [];
    const open = (flags: number): number => {
      const fd = openSync(path, flags);
      opened.push(fd);
      return fd;
    };
    try {
      // Open both ways first: otherwise each end would wait for the other one. Only our end must not block.
      const both = open(O_RDWR | O_NONBLOCK);
      const theirs = open(O_WRONLY);
      const ours = open(O_RDONLY | O_NONBLOCK);
      closeSync(both);
      return { ours: new Socket({ fd: ours, readable: true, writable: false }), theirs };
    } catch (error) {
      for (const fd of opened) closeSync(fd);
      throw error;
    } finally {
      unlinkSync(path); // from here on it belongs to those who hold it
    }
  }

  /** Fills the stock, and returns one of it. */
  #makeBatch(): string {
    mkdirSync(this.folder, { recursive: true });
    const paths = Array.from({ length: BATCH }, () => join(this.folder, `output-${(this.#made += 1)}`));
    const { status, error, stderr } = spawnSync('mkfifo', ['-m', ANYBODY, ...paths], {
      env: { PATH: MKFIFO_PATH },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`Pipes could not be made: ${error?.message ?? stderr}`);
    this.#free = paths.slice(1);
    return paths[0] as string;
  }
}
