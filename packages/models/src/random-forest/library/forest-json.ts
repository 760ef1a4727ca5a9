/** An inner node of ml-cart's trees: rows with `value < splitValue` go left. */
export interface SplitNodeJson {
  readonly splitValue: number;
  /** Index into the tree's own list of features (`indexes` of the forest). */
  readonly splitColumn: number;
  /** Decrease of the Gini impurity. */
  readonly gain: number;
  /** Training rows that reached the node. */
  readonly numberSamples: number;
  readonly left: TreeNodeJson;
  readonly right: TreeNodeJson;
}

/** A leaf: class shares as one row; classes after the last one present are left out. */
export interface LeafNodeJson {
  readonly distribution: readonly [readonly number[]];
}

export type TreeNodeJson = SplitNodeJson | LeafNodeJson;

export interface TreeOptionsJson {
  readonly gainFunction: 'gini';
  readonly splitFunction: 'mean';
  readonly minNumSamples: number;
  readonly maxDepth: number;
  readonly gainThreshold: number;
  readonly kind: 'classifier';
}

export interface TreeJson {
  readonly options: TreeOptionsJson;
  readonly root: TreeNodeJson;
  readonly name: 'DTClassifier';
}

/** What `RandomForestClassifier.load` of ml-random-forest reads. */
export interface ForestJson {
  readonly baseModel: {
    /** Feature columns of each tree. */
    readonly indexes: readonly (readonly number[])[];
    /** Features per tree. */
    readonly n: number;
    readonly replacement: boolean;
    readonly maxFeatures: number;
    readonly nEstimators: number;
    readonly treeOptions: TreeOptionsJson;
    readonly isClassifier: true;
    readonly seed: number;
    readonly estimators: readonly TreeJson[];
    readonly useSampleBagging: boolean;
  };
  readonly name: 'RFClassifier';
}

export function isLeaf(node: TreeNodeJson): node is LeafNodeJson {
  return 'distribution' in node;
}
