// Compile errors as sentences: where a type does not fit, the parameter becomes a type whose only
// property is what is wrong, so that the compiler prints it.

/** `unknown` (which disappears in an intersection) when Have fits Want; otherwise the sentence. */
export type Fits<Have, Want, Sentence extends string> = [Have] extends [Want]
  ? unknown
  : { readonly 'does not fit': Sentence; readonly have: Have; readonly want: Want }
