import { system } from './index.ts';
import type { System } from './system.ts';

/** A limit of setrlimit(2): its number, and the unit of its amounts. */
export interface Resource {
  readonly number: number;
  readonly unit: string;
}

type Numbers = { readonly [name in System['name']]?: number };

const EVERYWHERE = (number: number): Numbers => ({
  linux: number,
  darwin: number,
  freebsd: number,
});
const BSD = (number: number): Numbers => ({ darwin: number, freebsd: number });

// sys/resource.h of each system.
const RESOURCES: Readonly<Record<string, { unit: string; numbers: Numbers }>> = {
  cpu: { unit: 'seconds', numbers: EVERYWHERE(0) },
  fsize: { unit: 'bytes', numbers: EVERYWHERE(1) },
  data: { unit: 'bytes', numbers: EVERYWHERE(2) },
  stack: { unit: 'bytes', numbers: EVERYWHERE(3) },
  core: { unit: 'bytes', numbers: EVERYWHERE(4) },
  rss: { unit: 'bytes', numbers: EVERYWHERE(5) },
  nproc: { unit: 'processes', numbers: { linux: 6, ...BSD(7) } },
  nofile: { unit: 'files', numbers: { linux: 7, ...BSD(8) } },
  memlock: { unit: 'bytes', numbers: { linux: 8, ...BSD(6) } },
  as: { unit: 'bytes', numbers: { linux: 9, darwin: 5, freebsd: 10 } },
  sigpending: { unit: 'signals', numbers: { linux: 11 } },
  msgqueue: { unit: 'bytes', numbers: { linux: 12 } },
  nice: { unit: '20 minus the nice value', numbers: { linux: 13 } },
  rtprio: { unit: 'priority', numbers: { linux: 14 } },
  rttime: { unit: 'microseconds', numbers: { linux: 15 } },
  sbsize: { unit: 'bytes', numbers: { freebsd: 9 } },
  swap: { unit: 'bytes', numbers: { freebsd: 12 } },
  kqueues: { unit: 'kqueues', numbers: { freebsd: 13 } },
};

/** The limits that a system has, by name. Windows has none of them. */
export function resources(name: System['name'] = system().name): ReadonlyMap<string, Resource> {
  const known = new Map<string, Resource>();
  for (const [resource, { unit, numbers }] of Object.entries(RESOURCES)) {
    const number = numbers[name];
    if (number !== undefined) known.set(resource, { number, unit });
  }
  return known;
}
