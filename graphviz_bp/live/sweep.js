// Values forward, gradients back: the sweeps of backprop.py on a flat tape, for numbers in a page.
// A graph is {inputs: [node], constants: [[node, value]], nodes: [[node, operation, ...operands]], boxes: [...]};
// a box is {root, data, members: [node], uses: [[node, slot, parent box, number of the use]]}, in creation order.
function sweeps(graph, operations) {
  "use strict";
  const rows = new Map(graph.nodes.map(([node, operation, ...operands]) => [node, {operation: operations[operation], operands}]));
  const constants = new Set(graph.constants.map(([node]) => node));
  const named = new Map(graph.boxes.map((box, k) => [box.root, k]));

  function forward(given) {
    const values = new Float64Array(graph.length), kinks = [];
    graph.inputs.forEach((node, k) => { values[node] = given[k]; });
    for (const [node, value] of graph.constants) values[node] = value;
    for (const [node, {operation, operands}] of rows) {
      const xs = operands.map(i => values[i]);
      values[node] = operation.value(...xs);
      if (operation.kink && operation.kink(...xs)) kinks.push([node, operation.convention]);
    }
    return {values, kinks};
  }

  // What flows back through a box to each use of a parent, per unit of its gradient, and whether any can: a branch not
  // taken hands back exactly nothing, whatever it meets.
  function through(box, values) {
    const flows = new Map([[box.root, {amount: 1, reach: true}]]), out = new Map();
    for (let k = box.members.length - 1; k >= 0; k--) {
      const node = box.members[k], flow = flows.get(node), {operation, operands} = rows.get(node);
      if (!flow) continue;
      const xs = operands.map(i => values[i]);
      operands.forEach((operand, slot) => {
        if (constants.has(operand) || !operation.partials[slot]) return;
        const local = operation.partials[slot](values[node], ...xs), reach = flow.reach && (!operation.chooses || local !== 0);
        const handed = {amount: reach ? flow.amount * local : 0, reach};
        if (named.has(operand)) out.set(node + "," + slot, handed); else flows.set(operand, handed);
      });
    }
    return out;
  }

  function back(values, of, seed) {
    const gradients = graph.boxes.map(() => 0), reaches = graph.boxes.map(() => false), locals = [], contributions = [];
    gradients[of] = seed;
    reaches[of] = true;
    const met = graph.boxes.map((_, k) => k === of);
    for (let b = graph.boxes.length - 1; b >= 0; b--) {
      if (!met[b]) continue;
      const box = graph.boxes[b], handed = through(box, values);
      for (const [node, slot, parent, use] of box.uses) {
        const flow = handed.get(node + "," + slot);
        if (!flow || graph.boxes[parent].data) continue;
        const reach = reaches[b] && flow.reach, amount = reach ? flow.amount * gradients[b] : 0;
        locals[use] = flow.amount;
        contributions[use] = amount;
        gradients[parent] = met[parent] ? gradients[parent] + amount : amount;
        reaches[parent] ||= reach;
        met[parent] = true;
      }
    }
    return {gradients, locals, contributions};
  }

  function run(given, of = graph.of, seed = 1) {
    const {values, kinks} = forward(given);
    return {values, kinks, ...back(values, of, seed)};
  }
  return {graph, run};
}
