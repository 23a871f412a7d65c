// A process of its own that does one action in a home, as a pulse at its start would: HOME DECISION.
import { openHome } from '../support/home-rig.ts';

const [home = '', decision = ''] = process.argv.slice(2);
const rig = openHome(home);
await rig.recover();
const { executed } = await rig.act(JSON.parse(decision), { person: true });
process.stdout.write(JSON.stringify(executed));
