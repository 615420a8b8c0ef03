import type { Happening } from './history';
import type { Oracle } from './oracle';
import type { World } from './world';

/** Makes it happen, now; what a user or the client's own machine does waits until that machine is awake. */
export function apply(happening: Happening, world: World, watch: Oracle): void {
  const { time, server, network } = world;
  const command = (type: 'refresh' | 'reconnect' | 'disconnect' | 'connect') => {
    time.schedule('input', 0, () => {
      watch.trigger();
      world.whole?.send({ type });
    });
  };
  const picked = (pick: number) => [...server.rows.keys()][pick % Math.max(1, server.rows.size)];
  switch (happening.kind) {
    case 'create':
      server.create(happening.project);
      return;
    case 'updateBeforeCreate':
      server.updateBeforeCreate(happening.project);
      return;
    case 'flood':
      server.flood(happening.project, happening.count);
      return;
    case 'update':
    case 'undo':
    case 'skew':
    case 'submit': {
      const id = picked(happening.pick);
      if (id !== undefined) server[happening.kind](id);
      return;
    }
    case 'delete': {
      const id = picked(happening.pick);
      if (id !== undefined) server.delete(id, happening.late);
      return;
    }
    case 'switchProject':
      server.switchProject();
      return;
    case 'revokeTokens':
      server.revokeTokens();
      return;
    case 'crash':
      for (const socket of network.sockets) socket.crash();
      return;
    case 'crashLoop':
      network.crashAfterJoin = { until: time.now + happening.forMs, afterMs: happening.afterMs };
      for (const socket of network.sockets) socket.crash();
      return;
    case 'close':
      for (const socket of network.sockets) socket.closeByServer(happening.code);
      return;
    case 'restart':
      server.running = false;
      network.cut(1012);
      time.schedule('world', happening.forMs, () => (server.running = true));
      return;
    case 'refuseJoins':
      network.joinsToRefuse = happening.count;
      return;
    case 'cut':
      network.cut();
      return;
    case 'halfOpen':
      for (const socket of network.sockets) socket.breakSilently();
      return;
    case 'mangle':
      network.framesToMangle = 1;
      return;
    case 'mute':
      network.silentUntil = Math.max(network.silentUntil, time.now + happening.forMs);
      return;
    case 'offline':
      network.offlineUntil = Math.max(network.offlineUntil, time.now + happening.forMs);
      return;
    case 'double':
      server.doubling = true;
      time.schedule('world', happening.forMs, () => (server.doubling = false));
      return;
    case 'slow':
      network.slowUntil = time.now + happening.forMs;
      network.slowByMs = happening.byMs;
      return;
    case 'loseRequests':
      network.requestsToLose = happening.count;
      return;
    case 'loseReplies':
      network.repliesToLose = happening.count;
      return;
    case 'answerRest':
      network.restAnswers = Array.from({ length: happening.count }, () => happening.answer);
      return;
    case 'refuseUpgrades':
      network.upgradeAnswers = Array.from({ length: happening.count }, () => happening.answer);
      return;
    case 'sleep':
      fallAsleep(happening, world, watch);
      return;
    case 'plant':
      world.planted = happening.place;
      return;
    case 'refresh':
    case 'reconnect':
      command(happening.kind);
      return;
    case 'changeNetwork':
      time.schedule('input', 0, () => {
        watch.trigger();
        world.host.changeNetwork();
      });
      return;
    case 'disconnect':
      command('disconnect');
      time.schedule('world', happening.forMs, () => command('connect'));
      return;
    case 'attend': {
      const { focused, visible } = happening;
      time.schedule('input', 0, () => {
        watch.trigger();
        world.host.attend({ focused, visible });
      });
    }
  }
}

function fallAsleep(
  { forMs, stopsClock, socket }: Happening & { kind: 'sleep' },
  { time, network }: World,
  watch: Oracle,
): void {
  if (time.asleep) return;
  time.schedule('timer', 500, () => watch.trigger());
  time.sleep(forMs, stopsClock);
  if (socket === 'cut') network.cut();
  if (socket === 'halfOpen') for (const each of network.sockets) each.breakSilently();
}
