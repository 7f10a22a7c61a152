// A source file as the checks of the house see it: its text, what it imports, and every name it uses
// with the line. Names come from the syntax tree, so that words in comments and strings do not count.

import { readFileSync } from 'node:fs'
import ts from 'typescript'

export interface Use {
  readonly name: string
  readonly line: number
}

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  /** Module specifiers, type-only and dynamic ones included. */
  readonly imports: readonly Use[]
  /** Identifiers that are looked up, and `object.member` pairs; not names of members or declarations. */
  readonly uses: readonly Use[]
  /** `async` functions, `await`, and the word Promise in code or types. */
  readonly waits: readonly Use[]
  /** Whether there is anything at run time to prove: more than types and imports. */
  readonly hasCode: boolean
}

export function readSource(root: URL, path: string): SourceFile {
  const text = readFileSync(new URL(path, root), 'utf8')
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports: Use[] = []
  const uses: Use[] = []
  const waits: Use[] = []
  const visit = (node: ts.Node): void => {
    const at = (name: string): Use => ({ name, line: lineOf(tree, node) })
    const module = moduleOf(node)
    if (module !== undefined) imports.push(at(module))
    if (isLookUp(node)) uses.push(at(node.text))
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      uses.push(at(`${node.expression.text}.${node.name.text}`))
    }
    if (isWait(node)) waits.push(at(node.getText(tree).slice(0, 20)))
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return {
    path,
    text,
    lines: text.trimEnd().split('\n'),
    imports,
    uses,
    waits,
    hasCode: tree.statements.some((statement) => !isTypeOnly(statement)),
  }
}

function moduleOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const { moduleSpecifier } = node
    return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined
  }
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) {
    return undefined
  }
  const [argument] = node.arguments
  return argument && ts.isStringLiteral(argument) ? argument.text : undefined
}

function isLookUp(node: ts.Node): node is ts.Identifier {
  if (!ts.isIdentifier(node)) return false
  const { parent } = node
  // A declaration or a member has this identifier as its name: that is not a look-up. In `{ name }`
  // it is both.
  if (ts.isShorthandPropertyAssignment(parent)) return true
  return !('name' in parent && parent.name === node) && !ts.isImportSpecifier(parent)
}

function isWait(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword) return true
  return ts.isIdentifier(node) && node.text === 'Promise'
}

function isTypeOnly(statement: ts.Statement): boolean {
  return (
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement)
  )
}

const lineOf = (tree: ts.SourceFile, node: ts.Node): number =>
  tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
