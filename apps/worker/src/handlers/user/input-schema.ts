import { DoNotRetryError } from '@leeway/supervision';

/** The used part of the Standard Schema interface; zod, valibot and arktype have it. */
interface StandardSchema {
  readonly '~standard': {
    validate(value: unknown): StandardResult | Promise<StandardResult>;
  };
}

type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
      }[];
    };

/** Checks an input. `parse` returns the input for the handler, or throws. */
export type InputSchema = StandardSchema | { parse(input: unknown): unknown };

export function isInputSchema(value: unknown): value is InputSchema {
  // Arktype's schemas are functions.
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return isStandard(value as InputSchema) || typeof (value as { parse?: unknown }).parse === 'function';
}

/** Returns the input for the handler. Throws DoNotRetryError `invalid_input`: the same input would be refused again. */
export async function checkInput(schema: InputSchema, input: unknown): Promise<unknown> {
  if (isStandard(schema)) {
    const checked = await schema['~standard'].validate(input);
    if (checked.issues === undefined) return checked.value;
    throw invalid(checked.issues.map(({ path, message }) => `${pointer(path)}: ${message}`).join('; '));
  }
  try {
    return await schema.parse(input);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

function isStandard(schema: InputSchema): schema is StandardSchema {
  return typeof (schema as Partial<StandardSchema>)['~standard']?.validate === 'function';
}

function invalid(problems: string): DoNotRetryError {
  return new DoNotRetryError(`the input is not valid: ${problems}`, { code: 'invalid_input' });
}

function pointer(path: readonly (PropertyKey | { readonly key: PropertyKey })[] = []): string {
  const parts = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return parts.length === 0 ? 'input' : `/${parts.join('/')}`;
}
