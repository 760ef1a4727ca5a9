import { createHash } from 'node:crypto';
import {
  canonicalJson,
  type Direction,
  InvalidInputError,
  type JsonObject,
  MlperfError,
  type ModelSource,
  type ModelVersion,
} from '@mlperf/core';
import type { RegisterModelRequest } from '../../versions/register-request.ts';

/** What an ensemble predictor needs of a `ModelRegistry`. */
export interface EnsembleSource extends ModelSource {
  registerModel(request: RegisterModelRequest): Promise<ModelVersion>;
}

/** What an ensemble is: the names it asks, and the rule that weighs them. Which versions answer is not part of it. */
export interface EnsembleRecipe {
  readonly modelName: string;
  /** Model names, in order. */
  readonly members: readonly string[];
  readonly classes: readonly Direction[];
  readonly flatBand: number;
  /** `Weighting.rule`. */
  readonly weighting: JsonObject;
}

/** The model type of an ensemble's version. Its bundle holds the recipe, which no family loads. */
export const ENSEMBLE_MODEL_TYPE = 'ensemble';

/**
 * The version an ensemble predicts as: the same recipe is the same version, whatever process asks.
 *
 *   `ens-` and 32 hex digits of the SHA-256 of the recipe as canonical JSON
 */
export function ensembleVersionId(recipe: EnsembleRecipe): string {
  return `ens-${createHash('sha256').update(recipeText(recipe)).digest('hex').slice(0, 32)}`;
}

/**
 * Registers an ensemble as a version of its name, so that its outcomes are judged by its flat band and it is listed
 * beside other versions. Idempotent.
 * @returns its version id.
 */
export async function registerEnsemble(source: EnsembleSource, recipe: EnsembleRecipe): Promise<string> {
  const versionId = ensembleVersionId(recipe);
  if ((await source.getVersion(versionId)) !== undefined) return versionId;
  const text = recipeText(recipe);
  const { modelName, members, classes, flatBand, weighting } = recipe;
  try {
    await source.registerModel({
      modelName,
      versionId,
      model: {
        modelType: ENSEMBLE_MODEL_TYPE,
        classes,
        featureNames: members,
        lookBack: 0,
        bytes: new TextEncoder().encode(text),
      },
      flatBand,
      hyperparameters: { weighting },
      trainingMetrics: {},
      dataVersion: createHash('sha256').update(text).digest('hex'),
      metadata: { members: [...members] },
    });
  } catch (error) {
    // Another process registered the same recipe at another time.
    if (!(MlperfError.is(error) && error.code === 'CONFLICT')) throw error;
    if ((await source.getVersion(versionId)) === undefined) throw error;
  }
  return versionId;
}

/** @throws {@link InvalidInputError} `INVALID_CONFIG`. */
export function requireRecipe(recipe: EnsembleRecipe): EnsembleRecipe {
  const { modelName, members, classes, flatBand } = recipe;
  if (!isListOfTexts(members)) throw refused('members must be a list of model names');
  if (!isListOfTexts(classes)) throw refused('classes must be a list of up, down and perhaps flat');
  if (members.length < 2 || members.length > 100) {
    throw refused(`members must be 2 to 100 model names; got ${members.length}`);
  }
  const repeated = members.find((name, i) => members.indexOf(name) !== i);
  if (repeated !== undefined) throw refused(`members must be distinct; '${repeated}' is there twice`);
  if (members.includes(modelName)) throw refused(`an ensemble cannot be its own member; got '${modelName}'`);
  const known = classes.every((name) => ['up', 'down', 'flat'].includes(name));
  const told = classes.includes('up') && classes.includes('down');
  if (!known || !told || new Set(classes).size !== classes.length) {
    throw refused(`classes must be up, down and perhaps flat; got ${classes.join(', ') || 'none'}`);
  }
  if (!(Number.isFinite(flatBand) && flatBand >= 0)) throw refused(`flatBand must be at least 0; got ${flatBand}`);
  return recipe;
}

function recipeText({ modelName, members, classes, flatBand, weighting }: EnsembleRecipe): string {
  return canonicalJson({ modelName, members, classes, flatBand, weighting });
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
}

function refused(message: string): InvalidInputError {
  return new InvalidInputError('INVALID_CONFIG', message);
}
