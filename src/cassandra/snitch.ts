/**
 * Snitches: where nodes stand by name. SimpleSnitch knows one datacentre and one rack (`datacenter1`, `rack1`); to
 * GossipingPropertyFileSnitch and PropertyFileSnitch an operator tells names; Ec2Snitch and Ec2MultiRegionSnitch take the region for the
 * datacentre (`us-east-1`) and the availability zone for the rack (`us-east-1a`), which is `ec2_naming_scheme: standard`, the default since 4.0
 * (CASSANDRA-7839).
 *
 * Left out: the naming scheme `legacy`; snitches of other clouds; RackInferringSnitch, since nodes here have no addresses to infer from.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { Parameters } from './parameters.ts';

/** A snitch that a cluster may have, by its name in cassandra.yaml. */
export type SnitchName = Parameters['endpointSnitch'];

/** A region of Amazon's, such as `us-east-1` or `us-gov-west-1`. */
const REGION = /^[a-z]{2}(-[a-z]+)+-\d+$/;
const ZONES = 'abcdefghijklmnopqrstuvwxyz';

function isEc2(snitch: SnitchName): boolean {
  return snitch === 'Ec2Snitch' || snitch === 'Ec2MultiRegionSnitch';
}

/**
 * The name of a rack.
 *
 * @param snitch - the cluster's
 * @param datacenter - where it is
 * @param index - which of the datacentre's, from 0
 */
export function rackName(snitch: SnitchName, datacenter: string, index: number): string {
  return isEc2(snitch) ? `${datacenter}${ZONES[index] ?? ''}` : `rack${index + 1}`;
}

/**
 * Refuses a layout that a snitch has no names for.
 *
 * @param snitch - the cluster's
 * @param datacenters - their names
 * @param racks - in each
 * @throws {@link UsageError} `INVALID_OPTION`
 */
export function checkPlaces(snitch: SnitchName, datacenters: readonly string[], racks: number): void {
  if (snitch === 'SimpleSnitch') {
    if (datacenters.length > 1 || datacenters[0] !== 'datacenter1') throw new UsageError('INVALID_OPTION', `endpointSnitch SimpleSnitch knows one datacentre, datacenter1, got 'datacenters' ${datacenters.join(', ')}`);
    if (racks > 1) throw new UsageError('INVALID_OPTION', `endpointSnitch SimpleSnitch knows one rack, got 'racks' ${racks}`);
  }
  if (!isEc2(snitch)) return;
  const other = datacenters.find((name) => !REGION.test(name));
  if (other !== undefined) throw new UsageError('INVALID_OPTION', `endpointSnitch ${snitch} takes regions for datacentres: 'datacenters' must name them, such as us-east-1, got ${other}`);
  if (racks > ZONES.length) throw new UsageError('INVALID_OPTION', `endpointSnitch ${snitch} takes availability zones for racks: there are at most ${ZONES.length}, got 'racks' ${racks}`);
}
