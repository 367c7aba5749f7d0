package io.logfold.query.simulation;
import java.util.*;
class SimulationMain {
  public static void main(String[] a) {
    long from = Long.parseLong(a[0]), n = Long.parseLong(a[1]);
    int lines = n == 1 ? 1000000 : 12;
    long t0 = System.nanoTime(), steps = 0, calls = 0, ans = 0; int found = 0;
    Map<Fault,Integer> inj = new EnumMap<>(Fault.class);
    for (long s = from; s < from + n; s++) {
      Simulation sim = new Simulation(s, lines);
      var b = sim.run();
      steps += sim.steps(); calls += sim.calls(); ans += sim.answered();
      sim.injected().forEach((k, v) -> inj.merge(k, v, Integer::sum));
      if (b != null) { found++; if (found <= 5) { String t = b.toString(); System.out.println(n == 1 ? t : t.substring(0, Math.min(900, t.length())) ); } }
    }
    System.out.printf("%d seeds, %d found, %d steps, %d calls, %d answered, %.1f ms/seed%n%s%n", n, found, steps, calls, ans, (System.nanoTime()-t0)/1e6/n, inj);
  }
}
