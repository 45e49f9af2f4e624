// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {EscrowTest, vm} from "./support/EscrowTest.sol";
import {HostileToken} from "./support/HostileTokens.sol";

/// @notice An allowed token that turns out to be hostile harms no money but its own.
contract KustodiaEscrowHostileTest is EscrowTest {
    HostileToken private hostile;

    function setUp() public override {
        super.setUp();
        hostile = new HostileToken();
        hostile.mint(BRIDGE, RICH);
        hostile.mint(address(hostile), RICH);
        hostile.approveFromHere(address(escrow));
        vm.startPrank(ADMIN);
        escrow.setTokenAllowed(address(hostile), true);
        escrow.grantRole(BRIDGE_ROLE, address(hostile));
        vm.stopPrank();
        vm.prank(BRIDGE);
        hostile.approve(address(escrow), type(uint256).max);
    }

    function test_createAndFund_refusesATokenThatTakesAFee() public {
        hostile.takeFee(1);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongAmountReceived.selector, AMOUNT, AMOUNT - 1));
        createHostile(REF);
    }

    function test_createAndFund_refusesATokenThatMovesNothing() public {
        hostile.moveNothing();
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongAmountReceived.selector, AMOUNT, 0));
        createHostile(REF);
    }

    function test_createAndFund_refusesATokenThatReturnsFalse() public {
        hostile.returnFalse();
        expectFailedOperation();
        createHostile(REF);
    }

    function test_release_refusesATokenThatReturnsFalse() public {
        uint256 id = createHostile(REF);
        vm.warp(DEADLINE);
        hostile.returnFalse();
        expectFailedOperation();
        vm.prank(BRIDGE);
        escrow.release(id);
        assertStatus(id, IKustodiaEscrow.Status.Funded);
        vm.assertEq(escrow.escrowedTotal(address(hostile)), AMOUNT, "still held");
    }

    function test_release_isRetryableOnceATokenBehaves() public {
        uint256 id = createHostile(REF);
        vm.warp(DEADLINE);
        hostile.stop();
        vm.expectRevert(HostileToken.Refused.selector);
        vm.prank(BRIDGE);
        escrow.release(id);
        hostile.refuse(SETTLEMENT);
        vm.expectRevert(HostileToken.Refused.selector);
        vm.prank(BRIDGE);
        escrow.release(id);
        hostile.behave();
        vm.prank(BRIDGE);
        escrow.release(id);
        vm.assertEq(hostile.balanceOf(SETTLEMENT), AMOUNT, "paid");
    }

    function test_release_leavesTheFeeToWhoIsPaid() public {
        uint256 id = createHostile(REF);
        createHostile(OTHER_REF);
        vm.warp(DEADLINE);
        hostile.takeFee(7);
        vm.prank(BRIDGE);
        escrow.release(id);
        vm.assertEq(hostile.balanceOf(SETTLEMENT), AMOUNT - 7, "paid");
        vm.assertEq(hostile.balanceOf(address(escrow)), AMOUNT, "the other payment's money stays");
    }

    function test_aTokenThatStops_holdsUpNoOther() public {
        uint256 id = create();
        uint256 stuck = createHostile(OTHER_REF);
        vm.warp(DEADLINE);
        hostile.stop();
        vm.prank(BRIDGE);
        escrow.release(id);
        assertStatus(stuck, IKustodiaEscrow.Status.Funded);
        assertMoney(0, AMOUNT);
    }

    function test_rescue_findsNoSurplusWhereATokenIsShort() public {
        createHostile(REF);
        hostile.takeFee(AMOUNT);
        // The fee of a transfer of nothing is taken from the recipient: the contract loses its escrow's money.
        vm.prank(STRANGER);
        hostile.transfer(address(escrow), 0);
        vm.assertEq(hostile.balanceOf(address(escrow)), 0, "short");

        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ExceedsSurplus.selector, address(hostile), 1, 0));
        vm.prank(ADMIN);
        escrow.rescue(address(hostile), ADMIN, 1);
    }

    function test_rescue_refusesATokenThatReturnsFalse() public {
        hostile.mint(address(escrow), 1);
        hostile.returnFalse();
        expectFailedOperation();
        vm.prank(ADMIN);
        escrow.rescue(address(hostile), ADMIN, 1);
    }

    function test_createAndFund_cannotBeReentered() public {
        assertRefusedDuring(
            abi.encodeCall(escrow.createAndFund, (keccak256("inner"), address(hostile), AMOUNT, CUSTODY))
        );
    }

    function test_createAndFundWithPermit_cannotBeReentered() public {
        assertRefusedDuring(
            abi.encodeCall(
                escrow.createAndFundWithPermit,
                (keccak256("inner"), address(hostile), AMOUNT, CUSTODY, 0, 27, bytes32(0), bytes32(0))
            )
        );
    }

    function test_release_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.release, (1)));
    }

    function test_releaseBatch_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.releaseBatch, (new uint256[](1))));
    }

    function test_cancel_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.cancel, (1)));
    }

    function test_dispute_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.dispute, (1, "")));
    }

    function test_resolveDispute_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.resolveDispute, (1, false)));
    }

    function test_releaseEarly_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.releaseEarly, (1, APPROVER, EXPIRY, "")));
    }

    function test_cancelEarly_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.cancelEarly, (1, APPROVER, EXPIRY, "")));
    }

    function test_resolveForBuyerEarly_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.resolveForBuyerEarly, (1, APPROVER, EXPIRY, "")));
    }

    function test_rescue_cannotBeReentered() public {
        vm.prank(ADMIN);
        escrow.beginDefaultAdminTransfer(address(hostile));
        vm.warp(START + ADMIN_DELAY + 1);
        vm.prank(address(hostile));
        escrow.acceptDefaultAdminTransfer();
        assertRefusedDuring(abi.encodeCall(escrow.rescue, (address(hostile), STRANGER, 0)));
    }

    function test_aReentrantPayout_paysOnce() public {
        uint256 id = createHostile(REF);
        createHostile(OTHER_REF);
        vm.warp(DEADLINE);
        hostile.callBack(address(escrow), abi.encodeCall(escrow.release, (id)));
        vm.prank(BRIDGE);
        escrow.release(id);
        assertGuarded();
        vm.assertEq(hostile.balanceOf(SETTLEMENT), AMOUNT, "once");
        vm.assertEq(hostile.balanceOf(address(escrow)), AMOUNT, "the other payment's money stays");
    }

    function test_aReentrantBatch_paysEachOnce() public {
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (createHostile(REF), createHostile(OTHER_REF));
        vm.warp(DEADLINE);
        hostile.callBack(address(escrow), abi.encodeCall(escrow.release, (ids[1])));
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
        assertGuarded();
        vm.assertEq(hostile.balanceOf(SETTLEMENT), 2 * AMOUNT, "each once");
    }

    function createHostile(bytes32 ref) private returns (uint256) {
        vm.prank(BRIDGE);
        return escrow.createAndFund(ref, address(hostile), AMOUNT, CUSTODY);
    }

    function expectFailedOperation() private {
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(hostile)));
    }

    /// @dev Makes the call in the middle of a funding, which itself succeeds.
    function assertRefusedDuring(bytes memory call_) private {
        hostile.callBack(address(escrow), call_);
        createHostile(REF);
        assertGuarded();
        vm.assertEq(escrow.escrowCount(), 1, "number of escrows");
        vm.assertEq(hostile.balanceOf(address(escrow)), AMOUNT, "contract's balance");
    }

    function assertGuarded() private view {
        bytes memory expected = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.assertEq(keccak256(hostile.refusal()), keccak256(expected), "refused by the guard");
        vm.assertEq(hostile.callsLetThrough(), 0, "calls let through");
    }
}
