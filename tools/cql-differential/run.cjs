// node run.cjs MAIN elmdir valuesets.json params.json patients.json -> one JSON line a patient; a definition that fails is {"error": ...}
const fs = require('fs'), path = require('path'), cql = require('cql-execution'), fhir = require('cql-exec-fhir');
const { PatientContext } = require('cql-execution/lib/runtime/context');
const [, , main, folder, valueSets, parameters, ...bundles] = process.argv;
const read = file => JSON.parse(fs.readFileSync(file));
console.error = () => {};

const sources = {};
for (const file of fs.readdirSync(folder)) {
  const elm = read(path.join(folder, file));
  sources[elm.library.identifier.id || file] = elm;
}
class Repository {
  constructor() { this.made = {}; }
  resolve(id) {
    if (!sources[id]) throw new Error('no library ' + id);
    return this.made[id] ??= new cql.Library(sources[id], this);
  }
}
const repository = new Repository(), library = new cql.Library(sources[main], repository);
const codes = new cql.CodeService(valueSets !== '-' ? read(valueSets) : {});
const value = text => {
  const interval = /^Interval\[@([^,]+), @(.+)\]$/.exec(text);
  return interval ? new cql.Interval(cql.DateTime.parse(interval[1]), cql.DateTime.parse(interval[2])) : JSON.parse(text);
};
const given = {};
for (const [name, text] of Object.entries(parameters !== '-' ? read(parameters) : {})) given[name] = value(text);
const when = cql.DateTime.parse('2026-01-15T12:00:00.000+00:00');

function show(v) {
  if (v === undefined || v === null) return null;
  if (Array.isArray(v)) return v.map(show);
  if (v.isInterval) return { iv: [show(v.low), show(v.high), v.lowClosed, v.highClosed] };
  if (v.isDateTime || v.isDate || v.isTime) return (v.isTime && v.isTime() ? 'T' : '') + v.toString();
  if (v.isQuantity) return { q: [v.value, v.unit ?? '1'] };
  if (v.isCode) return { code: [v.code ?? null, v.system ?? null] };
  if (v.isConcept) return { concept: (v.codes ?? []).map(show) };
  if (v.isValueSet) return { vs: v.oid };
  if (typeof v !== 'object') return v;
  let json = null;
  try { json = v._json; } catch (e) { /* not one of the data's objects */ }
  if (typeof v._typeHierarchy === 'function' || json) {
    // A primitive is shown as its value, a resource by its id.
    if (json && json.resourceType) return { obj: json.resourceType + '/' + json.id };
    const keys = json ? Object.keys(json) : [];
    if (keys.length && keys.every(k => ['value', 'extension', 'id'].includes(k)) && !('url' in json) && v.getTypeInfo && /^(FHIR\.)?[a-z]|Status|Code|Type|Mode|Intent|Use|Gender|Kind$/.test(v.getTypeInfo().name.replace('FHIR.', '')))
      return { obj: json.value ?? null };
    return { obj: json };
  }
  const tuple = {};
  for (const key of Object.keys(v).sort()) tuple[key] = show(v[key]);
  return { tuple };
}

(async () => {
  const patients = fhir.PatientSource.FHIRv401(true);
  patients.loadBundles(bundles.flatMap(file => [].concat(read(file))));
  let patient = bundles.length ? patients.currentPatient() : { id: 'x', getId: () => null };
  while (patient) {
    const context = new PatientContext(library, patient, codes, given, when);
    const answers = {};
    for (const name of Object.keys(library.expressions)) {
      const expression = library.expressions[name];
      // Functions are expressions here too; they cannot be evaluated by themselves.
      if (expression.parameters || expression.constructor.name === 'FunctionDef') continue;
      try {
        answers[name] = show(await expression.execute(context));
      } catch (error) {
        answers[name] = { error: String(error.message).slice(0, 200) };
      }
    }
    console.log(JSON.stringify({ id: patient.getId(), r: answers }));
    patient = bundles.length ? patients.nextPatient() : null;
  }
})().catch(error => { process.stderr.write(String(error.stack) + '\n'); process.exit(1); });
