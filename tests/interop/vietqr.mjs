// Compares `ansinh qr` with two published VietQR encoders and an independent QR reader.
//
//   node vietqr.mjs PATH_OF_ANSINH
//
// Over 240 made-up codes: the texts are equal character by character, both packages decode
// what AnSinh wrote, AnSinh decodes what they wrote, and jsQR reads AnSinh's images.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import * as vietqrTs from 'vietqr-ts';
import { PNG } from 'pngjs';

const require = createRequire(import.meta.url);
const { QRPay } = require('vietnam-qr-pay');
const jsQR = require('jsqr');

const CODES = 240;
const ansinh = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'ansinh-qr.'));
let random = 20260905n;
const below = (limit) => {
  random = (random * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number((random >> 33n) % BigInt(limit));
};
const pick = (list) => list[below(list.length)];
const text = (alphabet, length) =>
  Array.from({ length }, () => alphabet[below(alphabet.length)]).join('');

const bins = ['970405', '970436', '970415', '970418', '970422', '970407', '970403', '546034'];
const words = ['Hoc phi', 'tien an', 'T9', 'lop 3A', 'AS22322486J5', 'BHYT', 'ban tru', '2026-27'];
const made = () => {
  const code = { bin: pick(bins) };
  code.account = text(below(4) ? '0123456789' : '0123456789ABCDEFXYZ', 1 + below(19));
  if (below(4)) code.amount = String(1 + below(below(2) ? 1_000_000 : 499_999_999));
  if (below(4)) {
    code.content = pick(words);
    while (below(3)) {
      const longer = `${code.content} ${pick(words)}`;
      if (longer.length <= 25) code.content = longer;
    }
  }
  return code;
};

const wrong = [];
const equal = (what, got, wanted) => {
  if (got !== wanted) wrong.push(`${what}: ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
};
const run = (...args) =>
  JSON.parse(execFileSync(ansinh, ['--json', 'qr', ...args], { encoding: 'utf8' }));

let images = 0;
for (let n = 0; n < CODES; n += 1) {
  const code = made();
  const image = join(folder, `${n}.png`);
  const args = ['encode', '--bin', code.bin, '--account', code.account];
  if (code.amount) args.push('--amount', code.amount);
  if (code.content) args.push('--content', code.content);
  if (n % 6 === 0) args.push('--png', image);
  const ours = run(...args).text;

  const pay = QRPay.initVietQR({
    bankBin: code.bin, bankNumber: code.account, amount: code.amount, purpose: code.content,
  }).build();
  equal(`${n} vietnam-qr-pay writes`, pay, ours);
  const ts = vietqrTs.generateVietQR({
    bankBin: code.bin, accountNumber: code.account, serviceCode: 'QRIBFTTA',
    initiationMethod: code.amount ? '12' : '11', amount: code.amount, purpose: code.content,
  }).rawData;
  equal(`${n} vietqr-ts writes`, ts, ours);

  const read = new QRPay(ours);
  equal(`${n} vietnam-qr-pay takes it`, read.isValid, true);
  equal(`${n} its bin`, read.consumer.bankBin, code.bin);
  equal(`${n} its account`, read.consumer.bankNumber, code.account);
  equal(`${n} its amount`, read.amount, code.amount);
  equal(`${n} its content`, read.additionalData.purpose, code.content);
  const parsed = vietqrTs.parse(ours);
  equal(`${n} vietqr-ts takes it`, parsed.success, true);
  equal(`${n} vietqr-ts checksum`, vietqrTs.verifyCRC(ours), true);
  equal(`${n} its bin`, parsed.data?.bankCode, code.bin);
  equal(`${n} its account`, parsed.data?.accountNumber, code.account);
  equal(`${n} its amount`, parsed.data?.amount, code.amount);
  equal(`${n} its content`, parsed.data?.message, code.content);

  if (n % 6 === 0) {
    images += 1;
    const png = PNG.sync.read(readFileSync(image));
    const seen = jsQR(new Uint8ClampedArray(png.data), png.width, png.height);
    equal(`${n} jsQR reads the image`, seen?.data, ours);
    const again = run('decode', image);
    equal(`${n} our reader reads the image`, again.text, ours);
    equal(`${n} our reader's account`, again.number, code.account);
    const theirs = run('decode', pay);
    equal(`${n} our reader takes theirs`, theirs.content, code.content ?? null);
  }
}
// An image that another program made.
const foreign = run('encode', '--bin', '970405', '--account', '1300200012345', '--amount', '540000').text;
const drawn = await vietqrTs.generateQRImage({ data: foreign, format: 'png', size: 300 });
writeFileSync(join(folder, 'foreign.png'), Buffer.from(drawn.base64, 'base64'));
equal('our reader reads an image of vietqr-ts', run('decode', join(folder, 'foreign.png')).text, foreign);

rmSync(folder, { recursive: true });
if (wrong.length > 0) {
  console.error(wrong.slice(0, 20).join('\n'));
  console.error(`${wrong.length} differences`);
  process.exit(1);
}
console.log(`${CODES} codes equal in three encoders, ${images} images read by jsQR`);
