/** Before any test: the built command is of the sources as they are, whatever was built before. */
export { bundleCommand as setup } from '@assay/infra/bundle'
