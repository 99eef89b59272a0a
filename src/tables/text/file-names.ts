/** Names for the files of recordings, which may be called anything. */

/**
 * Gives names that stay within their folder, and that no earlier recording has, also where upper case is not told apart.
 * @param note Told of the first recording whose wanted name was taken.
 */
export function uniqueNames(note: (message: string) => void): (wanted: string, path: string) => string {
  const taken = new Set<string>();
  let said = false;
  return (wanted, path) => {
    // eslint-disable-next-line no-control-regex -- control characters are what must not be in a file name
    const safe = wanted.replace(/[\u0000-\u001f/\\:*?"<>|]/gu, '_').replace(/^\.+/u, '_') || '_';
    let name = safe;
    for (let copy = 2; taken.has(name.toLowerCase()); copy += 1) name = `${safe}-${copy}`;
    taken.add(name.toLowerCase());
    if (name !== safe && !said) {
      note(
        `${path}: "${safe}" is the name of another recording, so this one is written as "${name}"; more are numbered in the same way`,
      );
      said = true;
    }
    return name;
  };
}
