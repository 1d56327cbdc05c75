/**
 * Words that this code used once for things that have a usual name. Each is refused as a part of an identifier: "put back"
 * matches putBack, put_back and wasPutBack. Words of one kind share a line.
 */
const OLD_WORDS = [
  ['door', 'AttemptStore, fenced write'],
  ['ask move | move score | also moved', 'outbox, enqueueSync, revision'],
  ['tell bull mq | tell of others', 'syncToBullMq, reconcileAffected'],
  ['vouch | vouches | vouched', 'renewLease, LeaseTable'],
  ['hand on | handed on | hands on', 'requeue, requeued'],
  ['handed back | hand back', 'released, release'],
  ['put back', 'deferred, defer'],
  ['lose attempt', 'markLost'],
  ['blame | blamed | to blame | excuse | excused | die of', 'attributeCrash, suspects, cleared, crashWith'],
  ['lookout | lookouts', 'connection watcher'],
  ['outlet', 'FrameWriter'],
  ['pipe stock | pipes stock', 'PipePool'],
  ['quarry', 'KillTarget'],
  ['workshop | shop', 'WorkerContext, worker'],
  ['warmth', 'ColdStartTracker'],
  ['ending of', 'resultOf'],
  ['verdict', 'planSettlement'],
  ['lesson | lessons', 'Observations, observe'],
  ['progress book', 'ProgressState'],
  ['doorbell', 'WakeSignal'],
  ['wish | wishes | wished | obey | obeys', 'DesiredState, setDesired, reconcile'],
  ['go on | goes on | stood', 'resume, pausedMs'],
  ['ask patiently', 'callWithRetries'],
  ['spoke | used up', 'firstToken, quotaExhausted'],
  ['is shut', 'isOpen'],
  ['apart', 'isolated'],
  ['on loop', 'inProcess'],
  ['meeting place', 'ChildEndpoint'],
  ['invitation', 'ticket'],
  ['heard out', 'drained'],
  ['outlook', 'CallBudget'],
  ['visitor', 'Principal'],
  [
    'said | told | tell | tells | heard',
    'what the variable holds (reply, message, lastSent, text) or the act (publish, send, receive)',
  ],
].flatMap(([words, better]) => words.split(' | ').map((word) => ({ word, better })));

/** `{ word, better }` for each old word in an identifier. */
export function oldWordsIn(identifier) {
  const words = ` ${wordsOf(identifier).join(' ')} `;
  return OLD_WORDS.filter(({ word }) => words.includes(` ${word} `));
}

/** toldAtMs, told_at_ms and TOLD_AT_MS: told, at, ms. */
function wordsOf(identifier) {
  return identifier
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(/[\s_$#]+/)
    .map((word) => word.toLowerCase());
}
