import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import type { Envelope, Fault, FaultWitness, Lies } from "../core/fault.ts";
import { FaultChain } from "../core/fault-chain.ts";
import type { Message, Signed } from "../core/messages.ts";
import { createRandom } from "../sim/random.ts";
import { badSignature } from "./bad-signature.ts";
import { equivocating, forge, malicious, misreport } from "./lying.ts";
import { modeNamed, modes } from "./modes.ts";
import { replay } from "./replay.ts";
import { sleeper } from "./sleeper.ts";
import { spamViewChange } from "./spam-view-change.ts";
import { during } from "./window.ts";
import { dark, delay, selective, silent } from "./withholding.ts";

/** A protocol of words. About small talk there is nothing to lie. */
interface Word extends Message {
  readonly kind: "word" | "small talk";
  readonly text: string;
}

const lieWith =
  (text: string) =>
  (word: Word): Word | undefined =>
    word.kind === "word" ? { ...word, text } : undefined;

const lies: Lies<Word> = {
  corrupt: lieWith("corrupt"),
  equivocate: lieWith("the other story"),
  forge: lieWith("forged"),
  spam: (view) => (view < 5 ? { kind: "word", text: `view ${view + 1}!` } : undefined),
};

const word = (text: string): Word => ({ kind: "word", text });
const smallTalk: Word = { kind: "small talk", text: "fine weather" };
const peers = ["r1", "r2", "r3", "r4", "r5", "r6", "m0"];

interface Setting {
  readonly seed?: number;
  readonly peers?: readonly string[];
  readonly lies?: Lies<Word>;
  now?: number;
  role?: string;
  view?: number;
}

/** Node r0 with these faults. */
function liar(faults: readonly Fault<Word>[], setting: Setting = {}): FaultChain<Word> {
  return new FaultChain<Word>({
    self: "r0",
    faults,
    peers: setting.peers ?? peers,
    lies: setting.lies ?? lies,
    random: createRandom(setting.seed ?? 1),
    now: () => setting.now ?? 0,
    status: () => ({ role: setting.role ?? "backup", view: setting.view ?? 0, slot: 0 }),
    digest: (text) => text,
    seal: (message) => ({ from: "r0", message, signature: "" }),
  });
}

const envelope = (to: string, message: Word): Envelope<Word> => ({
  to,
  message,
  delayMs: 0,
  isBadlySealed: false,
});

/** What each of them hears when one message goes to all of them. */
function tell(chain: FaultChain<Word>, to: readonly string[], message: Word) {
  return to.map((peer) => chain.pass(envelope(peer, message)));
}

const textsOf = (heard: readonly (readonly Envelope<Word>[])[]) =>
  heard.map((envelopes) => envelopes.map(({ message }) => message.text).join(" and "));

const firedOf = ({ witnesses }: { readonly witnesses: readonly FaultWitness[] }) =>
  witnesses.map(({ fired }) => fired);

describe("malicious", () => {
  test("everybody hears the same lie, clients too, as one message that is sealed once", () => {
    const chain = liar([malicious()]);
    const heard = tell(chain, ["r1", "r2", "c0"], word("truth"));
    deepEqual(textsOf(heard), ["corrupt", "corrupt", "corrupt"]);
    equal(new Set(heard.flat().map(({ message }) => message)).size, 1);
    deepEqual(firedOf(chain), [3]);
  });

  test("what says nothing that could be lied about passes untouched and unwitnessed", () => {
    const chain = liar([malicious()]);
    const sent = envelope("r1", smallTalk);
    equal(chain.pass(sent)[0], sent);
    deepEqual(firedOf(chain), [0]);
  });

  test("what it passes on and bends no longer bears the signature of its author", () => {
    const message = word("truth");
    const forwarded: Signed<Word> = { from: "r3", message, signature: "r3's" };
    const [bent] = liar([malicious()]).pass({ ...envelope("r1", message), forwarded });
    equal(bent?.forwarded, undefined);
    equal(bent?.message.text, "corrupt");
    const [passed] = liar([dark(["r2"])]).pass({ ...envelope("r1", message), forwarded });
    equal(passed?.forwarded, forwarded);
  });

  test("the roles in which it lied are known", () => {
    const setting: Setting = {};
    const chain = liar([malicious()], setting);
    chain.pass(envelope("r1", smallTalk));
    setting.role = "primary";
    chain.pass(envelope("r1", word("truth")));
    deepEqual([...(chain.witnesses[0]?.roles ?? [])], ["primary"]);
  });
});

describe("equivocating", () => {
  test("its targets hear the other story, everybody else the truth", () => {
    const chain = liar([equivocating(["r2", "c0"])]);
    const heard = tell(chain, ["r1", "r2", "r3", "c0", "c1"], word("truth"));
    const other = "the other story";
    deepEqual(textsOf(heard), ["truth", other, "truth", other, "truth"]);
    deepEqual(firedOf(chain), [2]);
  });

  test("it tells one other story of one message", () => {
    const [a, b] = tell(liar([equivocating(["r1", "r2"])]), ["r1", "r2"], word("truth"));
    equal(a?.[0]?.message, b?.[0]?.message);
  });

  const halves = [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [6, 3],
    [9, 4],
  ] as const;

  for (const [count, half] of halves) {
    test(`without targets it draws ${half} of ${count} other replicas, and stays with them`, () => {
      const replicas = Array.from({ length: count }, (_, index) => `r${index + 1}`);
      const everybody = [...replicas, "m0", "c0"];
      const chain = liar([equivocating()], { peers: [...replicas, "m0"] });
      const first = textsOf(tell(chain, everybody, word("truth")));
      equal(first.filter((text) => text === "the other story").length, half);
      deepEqual(first.slice(-2), ["truth", "truth"]);
      deepEqual(textsOf(tell(chain, everybody, word("truth"))), first);
    });
  }

  test("equal seeds draw equal targets, other seeds others", () => {
    const drawn = (seed: number) =>
      textsOf(tell(liar([equivocating()], { seed }), peers, word("truth"))).join();
    equal(drawn(3), drawn(3));
    ok(new Set([1, 2, 3, 4, 5].map(drawn)).size > 1);
  });
});

describe("dark", () => {
  test("its targets hear nothing, everybody else everything", () => {
    const chain = liar([dark(["r3", "r4"])]);
    const heard = tell(chain, ["r1", "r3", "r4", "c0"], smallTalk);
    deepEqual(textsOf(heard), ["fine weather", "", "", "fine weather"]);
    deepEqual(firedOf(chain), [2]);
  });

  const shares = [
    [1, 1],
    [3, 1],
    [5, 1],
    [6, 2],
    [9, 3],
  ] as const;

  for (const [count, share] of shares) {
    test(`without targets it draws ${share} of ${count} other replicas`, () => {
      const replicas = Array.from({ length: count }, (_, index) => `r${index + 1}`);
      const chain = liar([dark()], { peers: [...replicas, "m0"] });
      const heard = textsOf(tell(chain, [...replicas, "m0", "c0"], word("truth")));
      equal(heard.filter((text) => text === "").length, share);
      deepEqual(heard.slice(-2), ["truth", "truth"]);
    });
  }
});

describe("delay", () => {
  test("everything is late by the time given, on top of what held it back before", () => {
    const chain = liar([delay(300)]);
    const late = chain.pass({ ...envelope("r1", smallTalk), delayMs: 5 });
    deepEqual(late, [{ ...envelope("r1", smallTalk), delayMs: 305 }]);
    deepEqual(firedOf(chain), [1]);
  });

  test("without a time it is 100 ms", () => {
    equal(liar([delay()]).pass(envelope("c0", smallTalk))[0]?.delayMs, 100);
  });
});

describe("bad-signature", () => {
  test("the seal is spoiled, of what it passes on, too", () => {
    const message = word("truth");
    const forwarded: Signed<Word> = { from: "r3", message, signature: "r3's" };
    const chain = liar([badSignature()]);
    const heard = chain.pass({ ...envelope("r1", message), forwarded });
    deepEqual(heard, [{ ...envelope("r1", message), forwarded, isBadlySealed: true }]);
    deepEqual(firedOf(chain), [1]);
  });
});

describe("replay", () => {
  test("with every second message an old one goes again, to whom it went", () => {
    const chain = liar([replay()]);
    const heard = ["r1", "r2", "r3", "r4"].map((to) => chain.pass(envelope(to, word(`to ${to}`))));
    deepEqual(
      heard.map((envelopes) => envelopes.length),
      [1, 2, 1, 2],
    );
    for (const [position, envelopes] of heard.entries()) {
      const [now, again] = envelopes;
      equal(now?.message.text, `to r${position + 1}`);
      if (again === undefined) continue;
      equal(again.message.text, `to ${again.to}`);
      ok(Number(again.to.slice(1)) <= position, "it was sent before");
    }
    deepEqual(firedOf(chain), [2]);
  });

  test("the very message goes again, so that its old signature does", () => {
    const chain = liar([replay(2)]);
    const first = envelope("r1", word("truth"));
    chain.pass(first);
    equal(chain.pass(envelope("r2", word("more")))[1]?.message, first.message);
  });

  test("the first message is no old one", () => {
    equal(liar([replay(1)]).pass(envelope("r1", word("truth"))).length, 1);
  });

  test("it replays as often as it is told", () => {
    const chain = liar([replay(5)]);
    for (let sent = 0; sent < 100; sent += 1) chain.pass(envelope("r1", word(`${sent}`)));
    deepEqual(firedOf(chain), [20]);
  });

  test("what is long past is forgotten", () => {
    const chain = liar([replay(1)]);
    for (let sent = 0; sent < 2000; sent += 1) {
      const [, again] = chain.pass(envelope("r1", word(`${sent}`)));
      if (sent > 0) ok(Number(again?.message.text) >= sent - 256);
    }
  });
});

describe("forge", () => {
  test("claims have invented evidence; what claims nothing passes", () => {
    const chain = liar([forge()]);
    deepEqual(textsOf(tell(chain, ["r1", "r2"], word("truth"))), ["forged", "forged"]);
    deepEqual(textsOf(tell(chain, ["r1"], smallTalk)), ["fine weather"]);
    deepEqual(firedOf(chain), [2]);
  });
});

describe("spam-view-change", () => {
  test("now and then all peers are asked for the next view, in one message", () => {
    const setting: Setting = { view: 2 };
    const chain = liar([spamViewChange(40)], setting);
    const [talker] = chain.talkers();
    equal(talker?.everyMs, 40);
    const said = talker?.talk() ?? [];
    deepEqual(
      said.map(({ to }) => to),
      peers,
    );
    equal(new Set(said.map(({ message }) => message)).size, 1);
    equal(said[0]?.message.text, "view 3!");
    deepEqual(firedOf(chain), [1]);
  });

  test("what it is asked to send passes, and where there is nothing to ask for it is silent", () => {
    const chain = liar([spamViewChange()], { view: 9 });
    deepEqual(textsOf(tell(chain, ["r1"], word("truth"))), ["truth"]);
    deepEqual(chain.talkers()[0]?.talk(), []);
    deepEqual(firedOf(chain), [0]);
  });
});

describe("a window", () => {
  const moments = [
    [0, "truth"],
    [1999, "truth"],
    [2000, "corrupt"],
    [5999, "corrupt"],
    [6000, "truth"],
  ] as const;

  for (const [now, text] of moments) {
    test(`from 2 s until 6 s lets ${text} through at ${now} ms`, () => {
      const chain = liar([during(malicious(), { fromMs: 2000, untilMs: 6000 })], { now });
      deepEqual(textsOf(tell(chain, ["r1"], word("truth"))), [text]);
      deepEqual(firedOf(chain), [text === "corrupt" ? 1 : 0]);
    });

    test(`from 2 s until 6 s ${text === "truth" ? "hushes" : "does not hush"} spam at ${now} ms`, () => {
      const window = { fromMs: 2000, untilMs: 6000 };
      const chain = liar([during(spamViewChange(40), window)], { now });
      const [talker] = chain.talkers();
      equal(talker?.everyMs, 40);
      equal(talker?.talk().length, text === "truth" ? 0 : peers.length);
    });
  }

  test("leaves a fault that does not talk unasked silent", () => {
    deepEqual(liar([during(malicious(), { fromMs: 0, untilMs: 1 })]).talkers(), []);
  });
});

describe("faults in a row", () => {
  test("each sees what the one before it lets through", () => {
    const chain = liar([dark(["r1"]), malicious(), delay(10), badSignature()]);
    deepEqual(tell(chain, ["r1", "r2"], word("truth")), [
      [],
      [
        {
          to: "r2",
          message: word("corrupt"),
          forwarded: undefined,
          delayMs: 10,
          isBadlySealed: true,
        },
      ],
    ]);
    deepEqual(firedOf(chain), [1, 1, 1, 1]);
  });

  test("their order matters: a lie about a lie is told last", () => {
    const bothWays = [
      liar([malicious(), equivocating(["r1"])]),
      liar([equivocating(["r1"]), malicious()]),
    ].map((chain) => textsOf(tell(chain, ["r1", "r2"], word("truth"))));
    deepEqual(bothWays, [
      ["the other story", "corrupt"],
      ["corrupt", "corrupt"],
    ]);
  });

  test("what one says unasked, those behind it see and those before it do not", () => {
    const [before] = liar([malicious(), spamViewChange()]).talkers();
    equal(before?.talk()[0]?.message.text, "view 1!");
    const [behind] = liar([spamViewChange(), delay(7)]).talkers();
    equal(behind?.talk()[0]?.delayMs, 7);
  });
});

describe("silent", () => {
  test("nobody hears anything, clients and monitor neither, and each silence counts", () => {
    const chain = liar([silent()]);
    deepEqual(tell(chain, ["r1", "m0", "c0"], word("truth")), [[], [], []]);
    deepEqual(firedOf(chain), [3]);
  });
});

describe("selective", () => {
  test("only its targets hear anything", () => {
    const chain = liar([selective(["r2", "r4"])]);
    const heard = tell(chain, ["r1", "r2", "r3", "r4", "m0", "c0"], word("truth"));
    deepEqual(textsOf(heard), ["", "truth", "", "truth", "", ""]);
    deepEqual(firedOf(chain), [4]);
  });

  test("of the replicas one is drawn, the same ever after", () => {
    const chain = liar([selective()]);
    const heard = () => textsOf(tell(chain, peers, word("truth")));
    const first = heard();
    deepEqual(
      first.filter((text) => text === "truth"),
      ["truth"],
    );
    equal(first.at(-1), "");
    deepEqual(heard(), first);
  });
});

describe("misreport", () => {
  test("what reports no times passes untouched; where nobody does, so does everything", () => {
    const times: Lies<Word> = { ...lies, misreport: lieWith("swapped") };
    const [told] = textsOf(tell(liar([misreport()], { lies: times }), ["m0"], word("truth")));
    equal(told, "swapped");
    const chain = liar([misreport()]);
    deepEqual(textsOf(tell(chain, ["m0"], word("truth"))), ["truth"]);
    deepEqual(firedOf(chain), [0]);
  });
});

describe("sleeper", () => {
  const rows = [
    ["as a voter", "consensus", 3, "truth"],
    ["as the first primary", "primary", 0, "truth"],
    ["as the first communication node", "communication", 0, "truth"],
    ["elected primary", "primary", 1, "corrupt"],
    ["elected communication node", "communication", 2, "corrupt"],
    ["elected leader", "leader", 1, "corrupt"],
  ] as const;
  for (const [what, role, view, text] of rows) {
    test(`${what} says ${text}`, () => {
      const chain = liar([sleeper("malicious")], { role, view });
      deepEqual(textsOf(tell(chain, ["r1"], word("truth"))), [text]);
      deepEqual(firedOf(chain), [text === "truth" ? 0 : 1]);
    });
  }

  test("sleeps on when it has lost its role again", () => {
    const setting: Setting = { role: "primary", view: 1 };
    const chain = liar([sleeper("silent")], setting);
    deepEqual(tell(chain, ["r1"], word("truth")), [[]]);
    Object.assign(setting, { role: "consensus", view: 2 });
    deepEqual(textsOf(tell(chain, ["r1"], word("truth"))), ["truth"]);
  });
});

describe("the catalogue", () => {
  test("has every mode, under the name that its fault bears", () => {
    deepEqual(
      modes.map(({ name }) => name),
      [
        "offline",
        "crash",
        "malicious",
        "equivocating",
        "dark",
        "delay",
        "bad-signature",
        "replay",
        "forge",
        "spam-view-change",
        "silent",
        "selective",
        "misreport",
        "sleeper",
      ],
    );
    for (const mode of modes) {
      equal(modeNamed(mode.name), mode);
      if (mode.kind === "envelope") equal(mode.create([]).name, mode.name);
      ok(/^[^\n]{5,100}$/.test(mode.help));
    }
  });

  test("stands in the README, word for word", () => {
    const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
    for (const { name, help } of modes) ok(readme.includes(`| \`${name}\` | ${help} |`), name);
  });

  test("hands what stands in brackets to the fault", () => {
    const created = (name: string, args: readonly string[]): Fault<Word> => {
      const mode = modeNamed(name);
      ok(mode?.kind === "envelope");
      return mode.create<Word>(args);
    };
    const late = liar([created("delay", ["2s"])]).pass(envelope("r1", smallTalk));
    equal(late[0]?.delayMs, 2000);
    equal(created("spam-view-change", ["50ms"]).everyMs, 50);
    deepEqual(tell(liar([created("dark", ["r2"])]), ["r2"], smallTalk), [[]]);
    const story = tell(liar([created("equivocating", ["r2"])]), ["r1", "r2"], word("truth"));
    deepEqual(textsOf(story), ["truth", "the other story"]);
    const chosen = tell(liar([created("selective", ["r2"])]), ["r1", "r2", "r3"], word("truth"));
    deepEqual(textsOf(chosen), ["", "truth", ""]);
    const elected = liar([created("sleeper", ["silent"])], { role: "primary", view: 1 });
    deepEqual(tell(elected, ["r1"], word("truth")), [[]]);
    const replaying = liar([created("replay", ["3"])]);
    const lengths = [1, 2, 3].map(() => replaying.pass(envelope("r1", smallTalk)).length);
    deepEqual(lengths, [1, 1, 2]);
  });
});
