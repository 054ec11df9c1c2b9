/** The set-up form: what to run, each mistake told at its field. The address holds the same. */

import type { ComponentChildren } from "preact";
import { protocols } from "../../../bench/protocols.ts";
import { modes } from "../../../faults/modes.ts";
import { services } from "../../../services/services.ts";
import { presets } from "../../run/presets.ts";
import { type Field, mostNodes, mostOperations, type Setup } from "../../run/setup.ts";
import { beside, problems, runSetup, setup } from "../model/session.ts";

const change = (field: Field, text: string): void => {
  setup.value = { ...setup.value, [field]: text };
};

export function SetupForm() {
  const { service } = setup.value;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        runSetup();
      }}
    >
      <h2>Set up</h2>
      <label>
        Begin with
        <select
          onChange={(event) => {
            const preset = presets[Number(event.currentTarget.value)];
            if (preset === undefined) return;
            setup.value = preset.setup;
            beside.value = "";
            runSetup();
          }}
        >
          <option value="-1">a preset…</option>
          {presets.map(({ name }, index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <div class="two">
        <Row field="protocol" label="Protocol">
          <Choice field="protocol" names={protocols.map(({ name }) => name)} />
        </Row>
        <label>
          Beside it
          <select
            value={beside.value}
            onChange={(event) => {
              beside.value = event.currentTarget.value;
              runSetup();
            }}
          >
            <option value="">nothing</option>
            {protocols.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <Row field="n" label="Nodes" help={`or f=1; at most ${mostNodes}`}>
          <Text field="n" />
        </Row>
        <Row field="domains" label="Domains" help="1: undivided">
          <Text field="domains" />
        </Row>
      </div>
      <Row field="faults" label="What fails" help="MODE@WHO, several joined by ;">
        <Text field="faults" list="faults" placeholder="nothing, or malicious@1" />
        <datalist id="faults">
          {modes.map(({ name, help }) => (
            <option key={name} value={`${name}@1`}>
              {help}
            </option>
          ))}
          {["malicious@commander", "offline@commander", "silent@communication"].map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      </Row>
      <Row field="service" label="Service">
        <Choice field="service" names={services.map(({ name }) => name)} />
      </Row>
      {service === "bank" && (
        <Row field="balances" label="Balances at the start" help="empty: A to J with 10 each">
          <Text field="balances" />
        </Row>
      )}
      <Row
        field="operations"
        label="Operations, one a line"
        help={`${{ bank: "Ana -> Bo 5, Ana + 5, or JSON", kv: "a = 1, or JSON" }[service] ?? "any text"}; at most ${mostOperations}`}
      >
        <textarea
          id="field-operations"
          rows={4}
          spellcheck={false}
          value={setup.value.operations}
          aria-invalid={problems.value.has("operations")}
          aria-describedby="about-operations"
          onInput={(event) => change("operations", event.currentTarget.value)}
        />
      </Row>
      <Row field="network" label="Network" help="lan, or delay=5ms-15ms,loss=1%,duplicate=1%">
        <Text field="network" />
      </Row>
      <div class="two">
        <Row field="seed" label="Seed">
          <Text field="seed" />
        </Row>
        <Row field="batch" label="Batch">
          <Text field="batch" />
        </Row>
        <Row field="timeout" label="Time-out (ms)">
          <Text field="timeout" />
        </Row>
      </div>
      <button type="submit" class="main">
        Run
      </button>
      <p class="note">
        Runs in this browser, in virtual time, on the protocols’ own code. Signatures are the
        simulator’s: nobody can forge them, but they are not Ed25519. The address is a link to this
        run.
      </p>
    </form>
  );
}

interface RowProps {
  readonly field: Field;
  readonly label: string;
  readonly help?: string;
  readonly children: ComponentChildren;
}

function Row({ field, label, help, children }: RowProps) {
  const problem = problems.value.get(field);
  return (
    <div class={problem === undefined ? "row" : "row wrong"}>
      <label for={`field-${field}`}>{label}</label>
      {children}
      <p id={`about-${field}`} class={problem === undefined ? "help" : "problem"}>
        {problem ?? help}
      </p>
    </div>
  );
}

interface TextProps {
  readonly field: Field;
  readonly list?: string;
  readonly placeholder?: string;
}

function Text({ field, list, placeholder }: TextProps) {
  return (
    <input
      type="text"
      id={`field-${field}`}
      value={setup.value[field]}
      spellcheck={false}
      autocomplete="off"
      {...(list === undefined ? {} : { list })}
      {...(placeholder === undefined ? {} : { placeholder })}
      aria-invalid={problems.value.has(field)}
      aria-describedby={`about-${field}`}
      onInput={(event) => change(field, event.currentTarget.value)}
    />
  );
}

function Choice({
  field,
  names,
}: {
  readonly field: keyof Setup;
  readonly names: readonly string[];
}) {
  return (
    <select
      id={`field-${field}`}
      value={setup.value[field]}
      aria-invalid={problems.value.has(field)}
      aria-describedby={`about-${field}`}
      onChange={(event) => change(field, event.currentTarget.value)}
    >
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
