// The pulse's two doors, both 0600, served while the pulse lock is held: person.sock for the person's verbs,
// worker.sock for what a worker may ask.
import * as z from 'zod';
import { PersonError } from '../../errors.ts';
import { listen, type SocketPlace, type SocketServer } from './listen.ts';
import { type PersonAnswers, type Request, SERVED, type WorkerAnswers, type WorkerRequest, workerRequestSchema } from './protocol.ts';

const requestSchema: z.ZodType<Request> = z.discriminatedUnion('method', [
  z.strictObject({ id: z.number().int(), method: z.literal('ping') }),
  z.strictObject({ id: z.number().int(), method: z.literal('beat'), force: z.boolean() }),
  z.strictObject({ id: z.number().int(), method: z.literal('down') }),
]);

/** A person has a few terminals. */
const PERSON_CONNECTIONS = 32;
/** Each ask that is waited for holds one; more than 50 cannot be open. */
const WORKER_CONNECTIONS = 128;

const shown = (line: string) => line.slice(0, 100);

export function servePerson(place: SocketPlace, answers: PersonAnswers): Promise<SocketServer> {
  return listen(place, {
    door: 'person',
    connections: PERSON_CONNECTIONS,
    schema: requestSchema,
    refusal: (line) =>
      new PersonError(`this pulse does not know that request: ${shown(line)}`, {
        hint: 'flyball down && flyball up, so that both are of one version',
      }),
    perform: (request) => {
      if (request.method === 'beat') return answers.beat({ force: request.force });
      if (request.method === 'ping') return answers.ping();
      answers.down();
      return {};
    },
  });
}

export function serveWorkers(place: SocketPlace, answers: WorkerAnswers): Promise<SocketServer> {
  return listen(place, {
    door: 'worker',
    connections: WORKER_CONNECTIONS,
    schema: workerRequestSchema,
    refusal: (line) => new PersonError(`worker.sock serves ${SERVED.join(', ')} and nothing else, not: ${shown(line)}`),
    perform: (request, signal) => performForWorker(request, answers, signal),
  });
}

function performForWorker(request: WorkerRequest, answers: WorkerAnswers, signal: AbortSignal): unknown {
  if (request.step === 'raise') return answers.raise(request.question, request.worker);
  if (request.step === 'wait') return answers.wait(request.ask, request.worker, signal);
  return answers.taken(request.ask, request.worker);
}
