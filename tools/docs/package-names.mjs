import { Converter, ReflectionKind } from 'typedoc';

/** A plugin of typedoc: modules have the names by which they are imported, not those of their files. */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module))
      reflection.name = `@paperlab/${reflection.name.replace('/src', '')}`;
  });
}
