import type { Component, Project, Session, World } from '../world';

/** What is shown of a session besides its own fields. */
export interface Relations {
  project: Project | null;
  component: Component | null;
}

export const NOT_LOADED: Relations = { project: null, component: null };

export const loadedBy =
  (world: World) =>
  ({ project_id, component_id }: Session): Relations => ({
    project: world.project(project_id),
    component: component_id === null ? null : (world.components.get(component_id) ?? null),
  });
