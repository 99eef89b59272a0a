/** A plan as a Mermaid flowchart: it shows in Markdown on GitHub and GitLab. */
import { pictureOf, type PictureNode } from './picture.ts';
import type { Plan } from '../plan.ts';

/** @returns The text of the flowchart, without a Markdown fence. */
export function drawMermaid(plan: Plan): string {
  const { nodes, edges } = pictureOf(plan);
  // Mermaid has reserved words and knows no slash in ids, so the nodes are numbered and the ids are labels.
  const numbers = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const collector = nodes.find(({ implicit }) => implicit);
  const collected = edges.filter(({ to }) => to === collector?.id).map(({ from }) => numbers.get(from));
  return [
    'flowchart TB',
    ...nodes.map((node) => `  ${numbers.get(node.id)}${shape(node)}`),
    ...edges
      .filter(({ to }) => to !== collector?.id)
      .map(({ from, to, label, port }) => {
        const arrow = port === 'out' ? '-->' : '-.->';
        return `  ${numbers.get(from)} ${arrow}|${quote(label)}| ${numbers.get(to)}`;
      }),
    ...(collector ? [`  ${collected.join(' & ')} -.->|"error"| ${numbers.get(collector.id)}`] : []),
    '',
  ].join('\n');
}

function shape({ id, operator, options, role }: PictureNode): string {
  const heading = id === operator ? [id] : [id, operator];
  const label = quote([...heading, ...options].join('\n'));
  return role === 'source' ? `([${label}])` : role === 'sink' ? `[(${label})]` : `(${label})`;
}

/** Mermaid's own escapes; `<`, `>` and quotes would be read as HTML or end the label. */
function quote(text: string): string {
  const escaped = text.replaceAll(/[#"<>&`\\]/g, (character) => `#${character.codePointAt(0)};`);
  return `"${escaped.replaceAll('\n', '<br>')}"`;
}
