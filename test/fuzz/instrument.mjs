// Makes JavaScript tell libFuzzer which way it goes: a counter at the beginning of each block and of each operand that
// may be left out, and what is compared. It is for code as TypeScript writes it (build/lib).
import ts from 'typescript';

const { factory, SyntaxKind } = ts;

const comparisons = new Set([
  SyntaxKind.EqualsEqualsEqualsToken,
  SyntaxKind.ExclamationEqualsEqualsToken,
  SyntaxKind.LessThanToken,
  SyntaxKind.LessThanEqualsToken,
  SyntaxKind.GreaterThanToken,
  SyntaxKind.GreaterThanEqualsToken,
]);
const shortCuts = new Set([
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.BarBarToken,
  SyntaxKind.QuestionQuestionToken,
]);

/**
 * The source with its counters, which are places in the array `counters` that is in scope there, and with comparisons
 * by `compare[operator]()`. `place()` gives a place that nobody else has.
 */
export function instrument(source, place) {
  const count = () =>
    factory.createPostfixIncrement(
      factory.createElementAccessExpression(factory.createIdentifier('counters'), place()),
    );
  const counted = (expression) =>
    factory.createParenthesizedExpression(
      factory.createBinaryExpression(count(), SyntaxKind.CommaToken, expression),
    );
  const line = () => factory.createExpressionStatement(count());
  const block = (statement) =>
    ts.isBlock(statement) ? statement : factory.createBlock([line(), statement], true);

  const transform = (context) => {
    const visit = (node) => {
      const inner = ts.visitEachChild(node, visit, context);
      if (ts.isBlock(inner)) {
        // A directive, such as 'use strict', stays in front.
        const isDirective = (each) =>
          ts.isExpressionStatement(each) && ts.isStringLiteral(each.expression);
        const at = inner.statements.findIndex((each) => !isDirective(each));
        const start = at < 0 ? inner.statements.length : at;
        return factory.updateBlock(inner, [
          ...inner.statements.slice(0, start),
          line(),
          ...inner.statements.slice(start),
        ]);
      }
      if (ts.isIfStatement(inner)) {
        const { expression, thenStatement, elseStatement } = inner;
        const otherwise = elseStatement ? block(elseStatement) : factory.createBlock([line()]);
        return factory.updateIfStatement(inner, expression, block(thenStatement), otherwise);
      }
      if (ts.isCaseOrDefaultClause(inner)) {
        const statements = [line(), ...inner.statements];
        return ts.isCaseClause(inner)
          ? factory.updateCaseClause(inner, inner.expression, statements)
          : factory.updateDefaultClause(inner, statements);
      }
      if (ts.isConditionalExpression(inner)) {
        const { condition, questionToken, whenTrue, colonToken, whenFalse } = inner;
        return factory.updateConditionalExpression(
          inner,
          ...[condition, questionToken, counted(whenTrue), colonToken, counted(whenFalse)],
        );
      }
      if (ts.isArrowFunction(inner) && !ts.isBlock(inner.body)) {
        const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken, body } = inner;
        return factory.updateArrowFunction(
          inner,
          ...[modifiers, typeParameters, parameters, type, equalsGreaterThanToken, counted(body)],
        );
      }
      if (ts.isBinaryExpression(inner)) {
        const { left, operatorToken, right } = inner;
        if (shortCuts.has(operatorToken.kind)) {
          return factory.updateBinaryExpression(inner, left, operatorToken, counted(right));
        }
        if (comparisons.has(operatorToken.kind)) {
          const name = ts.tokenToString(operatorToken.kind);
          const compare = factory.createElementAccessExpression(
            factory.createIdentifier('compare'),
            factory.createStringLiteral(name),
          );
          return factory.createCallExpression(compare, undefined, [left, right]);
        }
      }
      return inner;
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };
  const file = ts.createSourceFile('x.js', source, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const { transformed } = ts.transform(file, [transform]);
  return ts.createPrinter().printFile(transformed[0]);
}
