import { createDataset, type Dataset, keyedRandom } from '@mlperf/core';
import { type ChallengeRules, judgeChallenge, type ModelAnswers, rowsToDecide } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';

const rules: ChallengeRules = { costPerTrade: 0, confidenceLevel: 0.95, minimumGain: 0, bootstrapReplicates: 1_000 };
const classes = ['down', 'up'];

/** Rows one apart whose labels end one later; label and return from the given directions. */
function rowsOf(labels: readonly number[], returns?: readonly number[]): Dataset {
  return createDataset({
    features: labels.map((_, i) => [i]),
    featureNames: ['step'],
    targets: labels,
    classes,
    timestamps: labels.map((_, i) => i),
    labelEndsAt: labels.map((_, i) => i + 1),
    ...(returns === undefined ? {} : { returns }),
  });
}

/** Answers that say `labels[i]` with probability 0.8. */
function answers(labels: readonly number[]): ModelAnswers {
  return {
    classes,
    probabilities: Float64Array.from(labels.flatMap((label) => (label === 1 ? [0.2, 0.8] : [0.8, 0.2]))),
  };
}

function coin(seed: string, count: number, chance = 0.5): number[] {
  const random = keyedRandom(seed);
  return Array.from({ length: count }, () => (random.next() < chance ? 1 : 0));
}

/** Right where `right[i]` is 1, else the other class. */
function guesses(labels: readonly number[], right: readonly number[]): number[] {
  return labels.map((label, i) => (right[i] === 1 ? label : 1 - label));
}

describe('a challenge judged by hits', () => {
  const labels = coin('labels', 200);

  it('is lost by the champion itself', () => {
    const same = answers(guesses(labels, coin('right', 200, 0.6)));
    const verdict = judgeChallenge({ rows: rowsOf(labels), challenger: same, champion: same, rules, seed: 's' });
    expect(verdict).toMatchObject({ wins: false, reason: 'not-better' });
    expect(verdict.evidence).toMatchObject({ gain: 0, gainLower: 0, gainUpper: 0, pValue: 1, opponent: 'champion' });
    expect(verdict.evidence.rowsNeeded).toBeUndefined();
  });

  it('is won by a clearly better model, with every number of the verdict', () => {
    const challengerRight = labels.map((_, i) => (i % 10 === 0 ? 0 : 1));
    const championRight = labels.map((_, i) => (i % 2 === 0 ? 1 : 0));
    const verdict = judgeChallenge({
      rows: rowsOf(labels),
      challenger: answers(guesses(labels, challengerRight)),
      champion: answers(guesses(labels, championRight)),
      rules,
      seed: 's',
    });
    const ups = labels.reduce((a, b) => a + b);
    expect(verdict).toMatchObject({ wins: true, reason: 'better' });
    expect(verdict.evidence).toMatchObject({
      score: 'hit',
      rows: 200,
      evaluatedFrom: 0,
      evaluatedTo: 199,
      challengerAccuracy: 180 / 200,
      championAccuracy: 100 / 200,
      noSkillAccuracy: Math.max(ups, 200 - ups) / 200,
      blockLength: 6,
      minimumGain: 0,
    });
    expect(verdict.evidence.gain).toBeCloseTo(180 / 200 - 100 / 200, 12);
    expect(verdict.evidence.gainLower).toBeGreaterThan(0);
    expect(verdict.evidence.gainUpper).toBeGreaterThan(verdict.evidence.gain);
    expect(verdict.evidence.pValue).toBeLessThan(0.01);
  });

  it('is lost when the gain, though certain, is below the minimum', () => {
    const verdict = judgeChallenge({
      rows: rowsOf(labels),
      challenger: answers(labels),
      champion: answers(
        guesses(
          labels,
          labels.map((_, i) => (i % 5 === 0 ? 0 : 1)),
        ),
      ),
      rules: { ...rules, minimumGain: 0.25 },
      seed: 's',
    });
    expect(verdict.wins).toBe(false);
    expect(verdict.evidence.gainLower).toBeGreaterThan(0);
  });

  it('says how many rows a gain of this size needs', () => {
    const verdict = judgeChallenge({
      rows: rowsOf(labels),
      challenger: answers(guesses(labels, coin('challenger', 200, 0.62))),
      champion: answers(guesses(labels, coin('champion', 200, 0.55))),
      rules,
      seed: 's',
    });
    expect(verdict.evidence.gain).toBeGreaterThan(0);
    expect(verdict.wins).toBe(false);
    expect(verdict.evidence.rowsNeeded).toBeGreaterThan(200);
  });

  it('needs about 4,800 rows to tell 54 % from 52 %, whatever sample it was judged on', () => {
    // Hits laid out so that the sample has these very rates, and the hits of the two are as independent as can be.
    const count = 2_500;
    const many = coin('many', count);
    const championRight = many.map((_, i) => (i % 50 < 26 ? 1 : 0));
    const challengerRight = many.map((_, i) => (Math.floor(i / 50) % 50 < 27 ? 1 : 0));
    const shuffled = Array.from(many.keys()).sort((a, b) => ((a * 997) % count) - ((b * 997) % count));
    const verdict = judgeChallenge({
      rows: rowsOf(many),
      challenger: answers(
        guesses(
          many,
          shuffled.map((i) => challengerRight[i]!),
        ),
      ),
      champion: answers(
        guesses(
          many,
          shuffled.map((i) => championRight[i]!),
        ),
      ),
      rules: { ...rules, blockLength: 1, bootstrapReplicates: 4_000 },
      seed: 's',
    });
    expect(verdict.evidence).toMatchObject({ challengerAccuracy: 0.54, championAccuracy: 0.52 });
    const { rowsNeeded, rowsNeededAt80 } = verdict.evidence;
    // The bootstrap's standard error has an error of about 1 %, its square of 2 %; five of those.
    expect(Math.abs(rowsNeeded! / rowsToDecide({ champion: 0.52, challenger: 0.54 }) - 1)).toBeLessThan(0.1);
    expect(Math.abs(rowsNeeded! / 4_800 - 1)).toBeLessThan(0.1);
    const at80 = rowsToDecide({ champion: 0.52, challenger: 0.54, power: 0.8 });
    expect(Math.abs(rowsNeededAt80! / at80 - 1)).toBeLessThan(0.1);
  });

  it('is lost by a model that says the same of every row, whatever the champion is worth', () => {
    const most = labels.reduce((a, b) => a + b) > 100 ? 1 : 0;
    const verdict = judgeChallenge({
      rows: rowsOf(labels),
      challenger: answers(labels.map(() => most)),
      champion: answers(labels.map((label) => 1 - label)),
      rules,
      seed: 's',
    });
    expect(verdict).toMatchObject({ wins: false, reason: 'constant' });
    expect(verdict.evidence.gainLower).toBeGreaterThan(0);
  });

  it('is lost by a model that is too good to be true, when the rules say what is', () => {
    const challenge = {
      rows: rowsOf(labels),
      challenger: answers(labels),
      champion: answers(labels.map((label) => 1 - label)),
      seed: 's',
    };
    expect(judgeChallenge({ ...challenge, rules }).wins).toBe(true);
    expect(judgeChallenge({ ...challenge, rules: { ...rules, maxPlausibleAccuracy: 0.9 } })).toMatchObject({
      wins: false,
      reason: 'implausible',
      evidence: { challengerAccuracy: 1 },
    });
  });

  describe('against a champion that is degraded', () => {
    const skilled = answers(guesses(labels, coin('skilled', 200, 0.75)));

    it('is won by a model that is merely not worse, if it beats no skill, with half of the error for each', () => {
      const challenge = { rows: rowsOf(labels), challenger: skilled, champion: skilled, rules, seed: 's' };
      expect(judgeChallenge(challenge)).toMatchObject({ wins: false, reason: 'not-better' });
      const verdict = judgeChallenge({ ...challenge, degraded: true });
      expect(verdict).toMatchObject({ wins: true, reason: 'skilled', evidence: { gain: 0 } });
      expect(verdict.evidence.confidenceLevel).toBeCloseTo(0.975, 12);
      expect(verdict.evidence.gainOverNoSkillLower).toBeGreaterThan(0);
    });

    it('is lost by one that beats nothing', () => {
      const guessing = answers(guesses(labels, coin('guessing', 200)));
      const challenge = { rows: rowsOf(labels), challenger: guessing, champion: guessing, rules, seed: 's' };
      const verdict = judgeChallenge({ ...challenge, degraded: true });
      expect(verdict).toMatchObject({ wins: false, reason: 'not-better' });
      expect(verdict.evidence.gainOverNoSkillLower).toBeLessThan(0);
    });

    it('is lost by one that is worse, whatever its skill', () => {
      const challenge = { rows: rowsOf(labels), challenger: skilled, champion: answers(labels), rules, seed: 's' };
      expect(judgeChallenge({ ...challenge, degraded: true })).toMatchObject({ wins: false, reason: 'not-better' });
    });
  });

  it('is not judged on fewer rows than ten blocks', () => {
    const few = labels.slice(0, 40);
    const verdict = judgeChallenge({
      rows: rowsOf(few),
      challenger: answers(few),
      champion: answers(few.map((label) => 1 - label)),
      rules: { ...rules, blockLength: 5 },
      seed: 's',
    });
    expect(verdict).toMatchObject({ wins: false, reason: 'too-few-rows', evidence: { rowsNeeded: 50 } });
    expect(verdict.evidence.gainLower).toBeUndefined();
  });

  it('has no skill as its opponent when nothing is served', () => {
    const rows = rowsOf(labels);
    const skilled = judgeChallenge({ rows, challenger: answers(labels), champion: undefined, rules, seed: 's' });
    expect(skilled).toMatchObject({ wins: true, evidence: { opponent: 'no-skill' } });
    expect(skilled.evidence.opponentScore).toBe(skilled.evidence.noSkillAccuracy);
    expect(skilled.evidence.championAccuracy).toBeUndefined();
    const most = labels.reduce((a, b) => a + b) > 100 ? 1 : 0;
    const constant = answers(labels.map(() => most));
    expect(judgeChallenge({ rows, challenger: constant, champion: undefined, rules, seed: 's' }).wins).toBe(false);
  });

  it('maps the classes of each model by name, not by column', () => {
    const rows = rowsOf(labels);
    const turned: ModelAnswers = {
      classes: ['up', 'down'],
      probabilities: Float64Array.from(labels.flatMap((label) => (label === 1 ? [0.8, 0.2] : [0.2, 0.8]))),
    };
    const verdict = judgeChallenge({ rows, challenger: turned, champion: answers(labels), rules, seed: 's' });
    expect(verdict.evidence).toMatchObject({ challengerAccuracy: 1, championAccuracy: 1, gain: 0 });
  });

  it.each([
    ['classes that are not the data’s', { classes: ['short', 'long'], probabilities: new Float64Array(400).fill(0.5) }],
    ['too few probabilities', { classes, probabilities: new Float64Array(10).fill(0.5) }],
    ['rows that do not sum to 1', { classes, probabilities: new Float64Array(400).fill(0.4) }],
    ['NaN', { classes, probabilities: new Float64Array(400).fill(Number.NaN) }],
  ])('is refused for answers with %s', (_what, challenger) => {
    const challenge = { rows: rowsOf(labels), challenger, champion: answers(labels), rules, seed: 's' };
    expect(() => judgeChallenge(challenge)).toThrow(expect.objectContaining({ code: expect.any(String) }));
  });
});

describe('a challenge judged by net returns', () => {
  it('charges every side taken, and nobody for staying flat', () => {
    const threeClasses = ['down', 'flat', 'up'];
    const labels = Array.from({ length: 60 }, (_, i) => i % 3);
    const returns = labels.map((label) => [-0.02, 0, 0.03][label]!);
    const rows: Dataset = {
      ...rowsOf(
        labels.map(() => 0),
        returns,
      ),
      classes: threeClasses,
      targets: Float64Array.from(labels),
    };
    const one = (at: number) => [0, 1, 2].map((column) => (column === at ? 0.9 : 0.05));
    const verdict = judgeChallenge({
      rows,
      challenger: { classes: threeClasses, probabilities: Float64Array.from(labels.flatMap(one)) },
      champion: { classes: threeClasses, probabilities: Float64Array.from(labels.flatMap(() => one(2))) },
      rules: { ...rules, costPerTrade: 0.001 },
      seed: 's',
    });
    expect(verdict.evidence.score).toBe('net-return');
    // down earns 0.02, flat nothing, up 0.03, each side less 0.001
    expect(verdict.evidence.challengerScore).toBeCloseTo((0.019 + 0 + 0.029) / 3, 12);
    expect(verdict.evidence.opponentScore).toBeCloseTo((-0.02 - 0.001 + 0 - 0.001 + 0.029) / 3, 12);
    expect(verdict.evidence.challengerAccuracy).toBe(1);
    expect(verdict.wins).toBe(true);
  });

  it('does not take a model for skilled that merely loses less than always trading', () => {
    // Every side loses its costs; the challenger trades every second row, and gains nothing by it.
    const names = ['down', 'flat', 'up'];
    const count = 200;
    const sides = coin('sides', count);
    const rows = createDataset({
      features: sides.map((_, i) => [i]),
      featureNames: ['step'],
      targets: sides.map((side) => side * 2),
      classes: names,
      timestamps: sides.map((_, i) => i),
      labelEndsAt: sides.map((_, i) => i + 1),
      returns: sides.map((_, i) => (i % 2 === 0 ? 0.0001 : -0.0001)),
    });
    const probabilities = Float64Array.from(sides.flatMap((_, i) => (i % 3 === 0 ? [0.1, 0.8, 0.1] : [0.1, 0.1, 0.8])));
    const verdict = judgeChallenge({
      rows,
      challenger: { classes: names, probabilities },
      champion: undefined,
      rules: { ...rules, costPerTrade: 0.001 },
      seed: 's',
    });
    expect(verdict).toMatchObject({ wins: false, evidence: { opponent: 'no-skill', noSkillScore: 0 } });
    expect(verdict.evidence.challengerScore).toBeLessThan(0);
  });

  it('prefers the model that is right when it matters to the one that is right more often', () => {
    const labels = coin('labels', 300);
    const big = labels.map((_, i) => i % 5 === 0);
    const returns = labels.map((label, i) => (label === 1 ? 1 : -1) * (big[i] ? 0.05 : 0.001));
    const verdict = judgeChallenge({
      rows: rowsOf(labels, returns),
      challenger: answers(
        guesses(
          labels,
          big.map((isBig) => (isBig ? 1 : 0)),
        ),
      ),
      champion: answers(
        guesses(
          labels,
          big.map((isBig) => (isBig ? 0 : 1)),
        ),
      ),
      rules: { ...rules, costPerTrade: 0.0005 },
      seed: 's',
    });
    expect(verdict.evidence.challengerAccuracy).toBeLessThan(verdict.evidence.championAccuracy!);
    expect(verdict.wins).toBe(true);
  });
});
