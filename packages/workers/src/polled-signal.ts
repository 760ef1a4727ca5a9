/**
 * The controller's signal, whose `aborted` asks `poll` first: so it turns true inside a synchronous loop, where no
 * message or timer can arrive.
 * @param poll - Aborts the controller when it is time to.
 */
export function polledSignal(controller: AbortController, poll: () => void): AbortSignal {
  const { signal } = controller;
  const isAborted = () => Reflect.get(AbortSignal.prototype, 'aborted', signal) === true;
  const aborted = () => {
    if (!isAborted()) poll();
    return isAborted();
  };
  Object.defineProperties(signal, {
    aborted: { get: aborted },
    throwIfAborted: {
      value() {
        if (aborted()) throw signal.reason;
      },
    },
  });
  return signal;
}
