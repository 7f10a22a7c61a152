// Certificates that sign themselves, for specs of TLS; null where openssl is not on this machine.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempDir } from './temp-dir.ts'

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
  /** PEM texts. */
  readonly cert: string
  readonly key: string
}

export const HOW_TO_GET_OPENSSL =
  'openssl is not on this machine (Debian: apt-get install openssl), so nothing was run over TLS'

/** @param names what it is for: `IP:127.0.0.1`, `DNS:example.org` */
export function certificateFor(names: string): Certificate | null {
  const directory = tempDir()
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  const subject = ['-subj', '/CN=millrace', '-addext', `subjectAltName=${names}`]
  const how = ['-newkey', 'ed25519', '-nodes', '-days', '2', '-keyout', keyFile, '-out', certFile]
  try {
    execFileSync('openssl', ['req', '-x509', ...how, ...subject], { stdio: 'ignore' })
  } catch {
    return null
  }
  const text = (file: string): string => readFileSync(file, 'utf8')
  return { certFile, keyFile, cert: text(certFile), key: text(keyFile) }
}
