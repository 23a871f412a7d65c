// The list of HTTP protocols.
import { anthropic } from './anthropic.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import type { Protocol } from './types.ts';

const protocols = { anthropic, openai, ollama } as const satisfies Record<string, Protocol>;

export type ProtocolName = keyof typeof protocols;
export const protocolNames = Object.keys(protocols) as [ProtocolName, ...ProtocolName[]]; // Object.keys forgets the names

export function protocolNamed(name: ProtocolName): Protocol {
  return protocols[name];
}
