package io.logfold.api.client;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.logfold.api.wire.WireResults;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The client's one I/O thread, on which frames are written, answers are read and futures complete, and the channels that
 * run on it. (grpc-netty-shaded because an application's own Netty, of whatever version, must not meet ours.)
 */
final class IoThread implements Executor {
  private static final int CONNECT_TIMEOUT_MS = 5_000;
  private static final int FLOW_CONTROL_WINDOW_BYTES = 4 * 1024 * 1024;

  private final EventLoopGroup group;
  private final Class<? extends Channel> channelType;
  private final Duration keepAlive;
  private final Duration probeTimeout;

  /** The durations are those of {@link ClientSettings}. */
  IoThread(Duration keepAlive, Duration probeTimeout) {
    this.keepAlive = keepAlive;
    this.probeTimeout = probeTimeout;
    ThreadFactory threads = Thread.ofPlatform().name("logfold-client-io").daemon().factory();
    if (Epoll.isAvailable()) {
      group = new EpollEventLoopGroup(1, threads);
      channelType = EpollSocketChannel.class;
    } else {
      group = new NioEventLoopGroup(1, threads);
      channelType = NioSocketChannel.class;
    }
  }

  ManagedChannel channel(ServerAddress address) {
    return NettyChannelBuilder.forAddress(address.host(), address.port())
        .usePlaintext()
        .eventLoopGroup(group)
        .channelType(channelType)
        .directExecutor()
        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
        // A retry, even a transparent one, is the caller's to decide.
        .disableRetry()
        .maxInboundMessageSize(WireResults.MAX_MESSAGE_BYTES)
        .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
        .keepAliveTime(keepAlive.toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTimeout(probeTimeout.toMillis(), TimeUnit.MILLISECONDS)
        .build();
  }

  /** Not at all once it is shut down. */
  @Override
  public void execute(Runnable task) {
    try {
      group.execute(task);
    } catch (RejectedExecutionException e) {
      // The client was closed, which decides every call by itself.
    }
  }

  /** Runs the task on this thread after so many nanoseconds; not at all once it is shut down. */
  void after(long nanos, Runnable task) {
    try {
      var unused = group.schedule(task, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The client was closed, which decides every call by itself.
    }
  }

  /** Lets what was handed over run, then ends the thread; does not wait for it. */
  void shutdown() {
    group.shutdownGracefully(100, 2_000, TimeUnit.MILLISECONDS);
  }
}
