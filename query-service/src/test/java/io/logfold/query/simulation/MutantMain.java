package io.logfold.query.simulation;
import java.util.function.BiFunction;
class MutantMain {
  public static void main(String[] a) throws Exception {
    for (Mutant m : Mutant.all()) {
      if (a.length > 1 && !m.name().contains(a[1])) continue;
      long t0 = System.nanoTime();
      ClassLoader cl = MutantClasses.load(m); Thread.currentThread().setContextClassLoader(cl);
      @SuppressWarnings("unchecked") var hunt = (BiFunction<Long, Long, String>) cl.loadClass(Hunt.class.getName()).getDeclaredConstructor().newInstance();
      String r = hunt.apply(1L, Long.parseLong(a[0]));
      String[] p = r.split(Hunt.SEPARATOR);
      System.out.printf("%-60.60s %s %.1f s%n", m.name(), r.isEmpty() ? "NOT FOUND" : p[0] + " seed " + p[1] + " step " + p[2] + " of " + p[3], (System.nanoTime()-t0)/1e9);
      if (a.length > 1) System.out.println(r);
    }
  }
}
