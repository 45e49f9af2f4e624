/**
 * Milliseconds that never go back, and that do not stand still while a machine sleeps: the steady clock of a machine that was
 * suspended does, so that a process which wakes would take a deadline of an hour ago for one that is yet to come. Between two
 * readings so much has passed as the clock says that went further; a wall clock that is set forward lets deadlines pass, which
 * writes nothing.
 */
export function createMonotonic({
  steady,
  wall,
}: Readonly<{ steady: () => number; wall: () => number }>): () => number {
  let [last_steady, last_wall] = [steady(), wall()];
  let passed = last_steady;
  return () => {
    const [now_steady, now_wall] = [steady(), wall()];
    passed += Math.max(0, now_steady - last_steady, now_wall - last_wall);
    [last_steady, last_wall] = [now_steady, now_wall];
    return passed;
  };
}
