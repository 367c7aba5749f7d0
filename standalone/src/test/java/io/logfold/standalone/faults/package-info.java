/**
 * Real faults on real processes: three brokers, three nodes, clients whose histories are judged.
 *
 * <p>{@code FaultRound} is a run: it starts the processes, lets {@code Clients} work, lets {@code Injectors} break things,
 * and has the {@code History} judged twice, by {@code Linearizability} (of the answers alone) and by {@code LogWitness}
 * (against the fold of the log). docs/TESTING.md says how to run it and how to repeat a failure.
 */
@NullMarked
package io.logfold.standalone.faults;

import org.jspecify.annotations.NullMarked;
